// SPDX-License-Identifier: Apache-2.0
/*
 * workload waits NUMBER MILLISECONDS
 *
 * One thread wakes another on the same CPU and keeps that CPU busy for so long,
 * so many times. It has the higher real-time priority, so the other must wait all
 * of it; an ordinary task would get a turn in between from the fair server (6.12,
 * 557a6bfc662c "sched/fair: Add trivial fair server").
 * Says the number of the thread that waits.
 */
#include "workload.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <time.h>

static sem_t wake, awake;
static long times;

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void get_priority(int priority)
{
	struct sched_param parameters = { .sched_priority = priority };

	if (sched_setscheduler(0, SCHED_FIFO, &parameters))
		die("get a real-time priority");
}

static void *wait_for_turns(void *tid)
{
	*(pid_t *)tid = gettid();
	get_priority(9);
	sem_post(&awake);
	for (long turn = 0; turn < times; turn++) {
		while (sem_wait(&wake))
			;
		sem_post(&awake);
	}
	return NULL;
}

static int waits(int count, char **arguments)
{
	long long length;
	pthread_t thread;
	cpu_set_t cpu;
	pid_t tid;

	if (count != 2)
		usage("waits NUMBER MILLISECONDS");
	times = number(arguments[0]);
	length = number(arguments[1]) * 1000000;
	CPU_ZERO(&cpu);
	CPU_SET(sched_getcpu(), &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		die("stay on one CPU");
	sem_init(&wake, 0, 0);
	sem_init(&awake, 0, 0);
	if (pthread_create(&thread, NULL, wait_for_turns, &tid))
		die("make a thread");
	pthread_setname_np(thread, "waiter");
	while (sem_wait(&awake))
		;
	get_priority(10);
	await_go("%d", tid);
	for (long turn = 0; turn < times; turn++) {
		long long end;

		/* Time for the other to sleep in sem_wait() again. */
		usleep(20000);
		sem_post(&wake);
		end = now() + length;
		while (now() < end)
			;
		while (sem_wait(&awake))
			;
	}
	pthread_join(thread, NULL);
	return 0;
}

WORKLOAD(waits, waits);
