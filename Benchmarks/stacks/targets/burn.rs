// SPDX-License-Identifier: Apache-2.0

//! Computes for a few milliseconds and sleeps for one, each in functions of their own.

use std::{hint::black_box, thread::sleep, time::Duration};

#[inline(never)]
fn fibonacci(n: u64) -> u64 {
    if n < 2 {
        n
    } else {
        fibonacci(n - 1) + fibonacci(n - 2)
    }
}

/// Goes through a sort of the standard library.
#[inline(never)]
fn compute() -> u64 {
    let mut numbers: Vec<u64> = (0..64).rev().collect();
    numbers.sort_by_key(|number| black_box(fibonacci(8 + number % 8)));
    numbers[0] + fibonacci(22)
}

#[inline(never)]
fn rest() {
    sleep(Duration::from_millis(1));
}

fn main() {
    let mut sum = 0;
    loop {
        for _ in 0..10 {
            sum = (sum + black_box(compute())) % 1_000_003;
        }
        rest();
    }
}
