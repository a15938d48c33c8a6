// SPDX-License-Identifier: Apache-2.0
/*
 * workload naps NUMBER MILLISECONDS
 *
 * A thread sleeps so often and at least so long in nap_in_here(), each time until
 * another thread wakes it from wake_from_here(), and once more before it is told to
 * go. It is left alone until it sleeps, however late it comes to that. Says the number
 * of the one that sleeps.
 */
#include "workload.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>

static int turns;
static long times;
static volatile int sink;

/*
 * The C library is compiled without frame pointers, so that the caller of syscall()
 * can be missing in its stack: this one, and not those that the test expects.
 */
__attribute__((noinline)) static void futex(int operation, int value)
{
	syscall(SYS_futex, &turns, operation, value, NULL, NULL, 0);
	sink++;
}

__attribute__((noinline)) static void nap_in_here(int turn)
{
	while (__atomic_load_n(&turns, __ATOMIC_ACQUIRE) == turn)
		futex(FUTEX_WAIT_PRIVATE, turn);
	sink++;
}

__attribute__((noinline)) static void wake_from_here(void)
{
	__atomic_add_fetch(&turns, 1, __ATOMIC_RELEASE);
	futex(FUTEX_WAKE_PRIVATE, 1);
	sink++;
}

static void *sleeper(void *tid)
{
	pthread_setname_np(pthread_self(), "sleeper");
	__atomic_store_n((pid_t *)tid, gettid(), __ATOMIC_RELEASE);
	for (int turn = 0; turn < times; turn++)
		nap_in_here(turn);
	return NULL;
}

static void await_sleep_of(pid_t tid)
{
	char path[64], line[512], *state;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	for (;; usleep(1000)) {
		FILE *file = fopen(path, "r");

		if (!file || !fgets(line, sizeof(line), file))
			die("read the state of a thread");
		fclose(file);
		/* Its name stands before its state, in parentheses. */
		state = strrchr(line, ')');
		if (state && state[2] == 'S')
			return;
	}
}

int naps(int count, char **arguments)
{
	pthread_t thread;
	pid_t tid = 0;
	long pause;

	if (count != 2)
		usage("naps NUMBER MILLISECONDS");
	times = number(arguments[0]) + 1;
	pause = number(arguments[1]) * 1000;
	if (pthread_create(&thread, NULL, sleeper, &tid))
		die("make a thread");
	while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
		usleep(1000);
	await_go("%d", tid);
	for (long turn = 0; turn < times; turn++) {
		await_sleep_of(tid);
		usleep(pause);
		wake_from_here();
	}
	pthread_join(thread, NULL);
	return 0;
}
