// SPDX-License-Identifier: Apache-2.0

// Computes for a few milliseconds and sleeps for one, each in functions of their own.
package main

import "time"

//go:noinline
func fibonacci(n int) int {
	if n < 2 {
		return n
	}
	return fibonacci(n-1) + fibonacci(n-2)
}

//go:noinline
func compute() int { return fibonacci(24) }

//go:noinline
func rest() { time.Sleep(time.Millisecond) }

func main() {
	for sum := 0; sum >= 0; rest() {
		for turn := 0; turn < 10; turn++ {
			sum = (sum + compute()) % 1000003
		}
	}
}
