// SPDX-License-Identifier: Apache-2.0
/*
 * workload crowds THREADS MILLISECONDS [CPU]
 *
 * So many threads keep one CPU busy, the same for all, until they have used so much of
 * its time together.
 * Says which CPU.
 */
#include "workload.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

static pthread_barrier_t start;
static long length;

static long long used(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void *crowd(void *unused)
{
	pthread_barrier_wait(&start);
	while (used() < length)
		;
	return unused;
}

static int crowds(int count, char **arguments)
{
	pthread_t *threads;
	cpu_set_t cpu;
	int here;

	if (count != 2 && count != 3)
		usage("crowds THREADS MILLISECONDS [CPU]");
	length = number(arguments[1]) * 1000000;
	here = count == 3 ? number(arguments[2]) : sched_getcpu();
	CPU_ZERO(&cpu);
	CPU_SET(here, &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		die("stay on one CPU");
	threads = calloc(number(arguments[0]), sizeof(*threads));
	pthread_barrier_init(&start, NULL, number(arguments[0]) + 1);
	for (long thread = 0; thread < number(arguments[0]); thread++) {
		if (pthread_create(&threads[thread], NULL, crowd, NULL))
			die("make a thread");
	}
	await_go("%d", here);
	pthread_barrier_wait(&start);
	for (long thread = 0; thread < number(arguments[0]); thread++)
		pthread_join(threads[thread], NULL);
	free(threads);
	return 0;
}

WORKLOAD(crowds, crowds);
