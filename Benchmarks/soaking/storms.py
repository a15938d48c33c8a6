# SPDX-License-Identifier: Apache-2.0
"""The storms of Benchmarks/storms, at a rate that a machine can live with."""
import glob
import json
import os
import subprocess
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MEGABYTE = 1 << 20


class Storms(threading.Thread):
    """Runs a small part of each storm after the other."""

    def __init__(self, folder, scratch):
        super().__init__(daemon=True)
        self.workload = os.path.join(folder, "workload")
        self.ended = threading.Event()
        self.runs, self.failed = 0, set()
        self.all = {}
        file = os.path.join(scratch, "data")
        with open(file, "wb") as data:
            data.write(os.urandom(16 * MEGABYTE))
        for path in sorted(glob.glob(f"{ROOT}/Benchmarks/storms/*.json")):
            with open(path) as text:
                for storm in json.load(text):
                    count = min(max(storm["count"] // 100, 1), 1000)
                    words = [
                        word.replace("@count", str(count)).replace("@file", file)
                        .replace("@cached", file) for word in storm["arguments"]
                    ]
                    self.all.setdefault(tuple(storm["arguments"]), words)

    def run(self):
        while not self.ended.is_set():
            for words in self.all.values():
                if self.ended.is_set():
                    return
                if tuple(words) not in self.failed:
                    self.run_one(words)

    def run_one(self, words):
        begin = time.monotonic()
        with subprocess.Popen(
            ["nice", self.workload, *words], stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                # Some wait a second time.
                process.communicate(b"go\ngo\n", timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
        if process.returncode != 0:
            self.failed.add(tuple(words))
            return
        self.runs += 1
        self.ended.wait(max(time.monotonic() - begin, 0.01))
