// SPDX-License-Identifier: Apache-2.0
/*
 * workload burns MILLISECONDS
 *
 * Uses so much CPU time in the function burn_the_cpu(), which three others lead to.
 */
#include "workload.h"

#include <time.h>

static volatile unsigned long sink;

static long long used(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

__attribute__((noinline, noclone)) static void burn_the_cpu(unsigned long turns)
{
	for (unsigned long turn = 0; turn < turns; turn++)
		sink = sink * 6364136223846793005ul + turn;
}

__attribute__((noinline, noclone)) static void burn_inner(long long end)
{
	/* Long enough between two looks at the clock for these not to be seen. */
	while (used() < end)
		burn_the_cpu(3000000);
	sink++;
}

__attribute__((noinline, noclone)) static void burn_outer(long long end)
{
	burn_inner(end);
	sink++;
}

int burns(int count, char **arguments)
{
	long long length;

	if (count != 1)
		usage("burns MILLISECONDS");
	length = number(arguments[0]) * 1000000;
	await_go("%d", getpid());
	burn_outer(used() + length);
	return 0;
}
