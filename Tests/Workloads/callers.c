// SPDX-License-Identifier: Apache-2.0
/*
 * workload callers NUMBER KIND
 *
 * So many calls that a tool can name: turns (of getppid of the C library by called_function,
 * in turn from first_caller and from second_caller), both (from each of the two, and then a
 * pause) or slow (of
 * slow_function, with its number and a text; of each 60 calls the first 23 take 25 ms).
 */
#include "workload.h"

#include <time.h>

/* Keeps the compiler from a jump in place of the last call. */
#define AND_RETURN asm volatile("" ::: "memory")

__attribute__((noinline)) int called_function(int depth)
{
	int parent = getppid();

	AND_RETURN;
	return parent + depth;
}

__attribute__((noinline)) int first_caller(int depth)
{
	int result = called_function(depth);

	AND_RETURN;
	return result + 1;
}

__attribute__((noinline)) int second_caller(int depth)
{
	int result = called_function(depth);

	AND_RETURN;
	return result + 2;
}

__attribute__((noinline)) long slow_function(long number, const char *text, long slow)
{
	const struct timespec some = { .tv_nsec = 25 * 1000 * 1000 };

	if (slow)
		nanosleep(&some, NULL);
	AND_RETURN;
	return number + (text[0] == 't');
}

static int callers(int count, char **arguments)
{
	long times;

	if (count != 2)
		usage("callers NUMBER KIND");
	times = number(arguments[0]);
	await_go("%d", getpid());
	for (long done = 0; done < times; done++) {
		if (!strcmp(arguments[1], "turns")) {
			if (done % 2)
				second_caller(done);
			else
				first_caller(done);
		} else if (!strcmp(arguments[1], "both")) {
			first_caller(done);
			second_caller(done);
			/* Whoever names the frames looks at the process while it is there. */
			if (done == times - 1)
				usleep(300 * 1000);
		} else if (!strcmp(arguments[1], "slow")) {
			slow_function(done, "text", done % 60 < 23);
		} else {
			usage(arguments[1]);
		}
	}
	return 0;
}

WORKLOAD(callers, callers);
