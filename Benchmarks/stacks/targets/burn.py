# SPDX-License-Identifier: Apache-2.0
"""Computes for a few milliseconds and sleeps for one, each in functions of their own."""
import json
import re
import time


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def compute():
    fibonacci(14)
    json.loads(json.dumps({str(n): sorted(range(n % 17), key=abs) for n in range(100)}))
    re.sub(r"[aeiou]+(\w)", r"\1-", "a sentence about expressions " * 20)


def rest():
    time.sleep(0.001)


while True:
    for _ in range(3):
        compute()
    rest()
