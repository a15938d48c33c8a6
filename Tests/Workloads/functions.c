// SPDX-License-Identifier: Apache-2.0
/*
 * workload functions NUMBER KIND
 *
 * So many calls of a function of this program that a tool can name: timed (5 ms each,
 * in timed_function, and two calls of timed_neighbour for each), recursive (of
 * recursive_function, which is then in itself six times more) or jumping (of
 * jumping_function, out of which it jumps into jumping_caller, which returns).
 */
#include "workload.h"

#include <setjmp.h>
#include <time.h>

static jmp_buf back;

__attribute__((noinline)) int timed_function(void)
{
	const struct timespec some = { .tv_nsec = 5 * 1000 * 1000 };

	return nanosleep(&some, NULL);
}

__attribute__((noinline)) int timed_neighbour(void)
{
	return getpid();
}

/* Not optimized, which would make a loop of it. */
__attribute__((noinline, optnone)) int recursive_function(int depth)
{
	return depth ? recursive_function(depth - 1) + 1 : getpid();
}

__attribute__((noinline)) int jumping_function(void)
{
	longjmp(back, 1);
}

__attribute__((noinline)) int jumping_caller(void)
{
	return setjmp(back) ? getpid() : jumping_function();
}

static int functions(int count, char **arguments)
{
	long times;

	if (count != 2)
		usage("functions NUMBER KIND");
	times = number(arguments[0]);
	await_go("%d", getpid());
	for (long done = 0; done < times; done++) {
		if (!strcmp(arguments[1], "timed")) {
			timed_function();
			timed_neighbour();
			timed_neighbour();
		} else if (!strcmp(arguments[1], "recursive")) {
			recursive_function(6);
		} else if (!strcmp(arguments[1], "jumping")) {
			jumping_caller();
		} else {
			usage(arguments[1]);
		}
	}
	return 0;
}

WORKLOAD(functions, functions);
