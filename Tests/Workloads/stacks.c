// SPDX-License-Identifier: Apache-2.0
/*
 * workload stacks NUMBER
 *
 * Sleeps so often, each time under other functions: nap_here() is called by even_turn()
 * and odd_turn(), which call each other as the 20 bits of the number of the sleep say. Prints
 * how often it left the CPU for that: a time can be over before that.
 */
#include "workload.h"

#include <sys/resource.h>
#include <time.h>

static volatile int sink;

__attribute__((noinline)) static void turn(unsigned long number, int bits);

/* Can be missing in the stack, as whoever calls the C library. */
__attribute__((noinline)) static void sleep_briefly(void)
{
	struct timespec short_time = { .tv_nsec = 100000 };

	nanosleep(&short_time, NULL);
	sink++;
}

__attribute__((noinline)) static void nap_here(void)
{
	sleep_briefly();
	sink++;
}

__attribute__((noinline)) static void even_turn(unsigned long number, int bits)
{
	turn(number, bits);
	sink++;
}

__attribute__((noinline)) static void odd_turn(unsigned long number, int bits)
{
	turn(number, bits);
	sink += 2;
}

__attribute__((noinline)) static void turn(unsigned long number, int bits)
{
	if (!bits)
		nap_here();
	else if (number & 1)
		odd_turn(number >> 1, bits - 1);
	else
		even_turn(number >> 1, bits - 1);
	sink += 3;
}

static long switches(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_THREAD, &usage))
		die("count switches");
	return usage.ru_nvcsw;
}

static int stacks(int count, char **arguments)
{
	unsigned long times, slept = 0;

	if (count != 1)
		usage("stacks NUMBER");
	times = number(arguments[0]);
	await_go("%d", getpid());
	for (unsigned long index = 0; index < times; index++) {
		const long before = switches();

		turn(index, 20);
		slept += switches() > before;
	}
	printf("%lu\n", slept);
	return 0;
}

WORKLOAD(stacks, stacks);
