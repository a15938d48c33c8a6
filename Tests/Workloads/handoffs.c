// SPDX-License-Identifier: Apache-2.0
/*
 * workload handoffs NUMBER
 *
 * Two threads on the same CPU wake each other in turn, so many times each.
 */
#include "workload.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

static int turn;
static long times;

/* Waits until it is the turn of this thread, and gives it to the other. */
static void take_turns(int own)
{
	for (long done = 0; done < times; done++) {
		while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != own)
			syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, !own, NULL, NULL, 0);
		__atomic_store_n(&turn, !own, __ATOMIC_RELEASE);
		syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	}
}

static void *answer(void *unused)
{
	take_turns(1);
	return unused;
}

static int handoffs(int count, char **arguments)
{
	pthread_t thread;
	cpu_set_t cpu;

	if (count != 1)
		usage("handoffs NUMBER");
	times = number(arguments[0]);
	CPU_ZERO(&cpu);
	CPU_SET(sched_getcpu(), &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		die("stay on one CPU");
	await_go("%d", getpid());
	if (pthread_create(&thread, NULL, answer, NULL))
		die("make a thread");
	take_turns(0);
	pthread_join(thread, NULL);
	return 0;
}

WORKLOAD(handoffs, handoffs);
