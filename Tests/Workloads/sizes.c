// SPDX-License-Identifier: Apache-2.0
/*
 * workload sizes NUMBER
 *
 * So many calls of sized_function, in turn with the sizes 16, 16, 16 and 32 until 32 was
 * passed 7 times, and then with 16; each returns the size less 20. It takes 2 ms for 32. Then
 * nested_function calls itself 3 levels deep.
 */
#include "workload.h"

#include <time.h>

__attribute__((noinline)) int sized_function(size_t size, const char *name)
{
	const struct timespec some = { .tv_nsec = 2 * 1000 * 1000 };

	if (size > 16)
		nanosleep(&some, NULL);
	asm volatile("" : : "r"(name) : "memory");
	return (int)size - 20;
}

__attribute__((noinline)) int nested_function(int depth)
{
	int below = depth ? nested_function(depth - 1) : getpid();

	/* Keeps the compiler from a loop in place of the calls. */
	asm volatile("" ::: "memory");
	return below + 1;
}

static int sizes(int count, char **arguments)
{
	long times, large = 0;

	if (count != 1)
		usage("sizes NUMBER");
	times = number(arguments[0]);
	await_go("%d", getpid());
	for (long call = 0; call < times; call++) {
		size_t size = call % 4 == 3 && large < 7 ? 32 : 16;
		char name[16];

		large += size == 32;
		strcpy(name, size == 32 ? "large" : "small");
		sized_function(size, name);
	}
	nested_function(3);
	return 0;
}

WORKLOAD(sizes, sizes);
