// SPDX-License-Identifier: Apache-2.0
/*
 * workload faults NUMBER [thread]
 *
 * Looks into so many new pages, each of which is a page fault, in a thread of its own where
 * that is asked for. All else that it touches is in memory before. Says the number of the
 * thread.
 */
#include "workload.h"

#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>

static volatile char *start;
static long pages, size;
static sem_t ready, go;
static pid_t tid;

static void touch(void)
{
	for (long page = 0; page < pages; page++)
		start[page * size] = 1;
}

static void *touch_later(void *none)
{
	tid = gettid();
	sem_post(&ready);
	while (sem_wait(&go))
		;
	touch();
	return none;
}

static int faults(int count, char **arguments)
{
	pthread_t thread;
	bool in_thread = count == 2;

	if ((count != 1 && count != 2) || (in_thread && strcmp(arguments[1], "thread")))
		usage("faults NUMBER [thread]");
	pages = number(arguments[0]);
	size = sysconf(_SC_PAGESIZE);
	tid = getpid();
	if (in_thread) {
		sem_init(&ready, 0, 0);
		sem_init(&go, 0, 0);
		if (pthread_create(&thread, NULL, touch_later, NULL))
			die("make a thread");
		while (sem_wait(&ready))
			;
	}
	if (mlockall(MCL_CURRENT))
		die("stay in memory");
	start = mmap(NULL, pages * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		     0);
	if (start == MAP_FAILED || madvise((void *)start, pages * size, MADV_NOHUGEPAGE))
		die("map pages");
	await_go("%d", tid);
	if (!in_thread) {
		touch();
		return 0;
	}
	sem_post(&go);
	pthread_join(thread, NULL);
	return 0;
}

WORKLOAD(faults, faults);
