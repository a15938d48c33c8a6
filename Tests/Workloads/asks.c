// SPDX-License-Identifier: Apache-2.0
/*
 * workload asks NUMBER
 *
 * So many calls of asked_function, from 0 on: with the number of the call, a text ("even one"
 * or "odd one"), a time (as many seconds, and a thousand times as many nanoseconds), the
 * number as a short, and shifted left by 40 bits with the number in the lower half. It returns
 * the number less 10. Before each, asked_before is called with the number.
 */
#include "workload.h"

#include <time.h>

__attribute__((noinline)) int asked_before(int call)
{
	asm volatile("" : "+r"(call));
	return call;
}

__attribute__((noinline)) int asked_function(int call, const char *name,
					     const struct timespec *time, unsigned short small,
					     unsigned long large)
{
	asm volatile("" : : "r"(name), "r"(time), "r"(small), "r"(large) : "memory");
	return call - 10;
}

static int asks(int count, char **arguments)
{
	long times;

	if (count != 1)
		usage("asks NUMBER");
	times = number(arguments[0]);
	await_go("%d", getpid());
	for (long call = 0; call < times; call++) {
		const struct timespec time = { .tv_sec = call, .tv_nsec = call * 1000 };
		char name[16];

		/* In memory that is there. */
		strcpy(name, call % 2 ? "odd one" : "even one");
		asked_before(call);
		asked_function(call, name, &time, call, (unsigned long)call << 40 | call);
	}
	return 0;
}

WORKLOAD(asks, asks);
