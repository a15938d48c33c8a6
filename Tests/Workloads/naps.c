// SPDX-License-Identifier: Apache-2.0
/*
 * workload naps NUMBER MILLISECONDS [wait|bitset|waitv|timeout]
 *
 * A thread sleeps so often and at least so long in nap_in_here(), each time until
 * another thread wakes it from wake_from_here(), and once more before it is told to
 * go. It is left alone until it sleeps, however late it comes to that. Says the number
 * of the one that sleeps, and with a fourth argument where: it sleeps in this call, or
 * nobody wakes it but the time.
 */
#include "workload.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>

static int turns;
static long times;
static volatile int sink;
static const char *kind = "wait";
static struct timespec limit;

/* linux/futex.h, since 5.16 */
struct waitv {
	unsigned long long value, address;
	unsigned int flags, reserved;
};

/*
 * The C library is compiled without frame pointers, so that the caller of syscall()
 * can be missing in its stack: this one, and not those that the test expects.
 */
__attribute__((noinline)) static void futex(int operation, int value)
{
	syscall(SYS_futex, &turns, operation, value, NULL, NULL, 0);
	sink++;
}

__attribute__((noinline)) static void wait_otherwise(int turn)
{
	struct waitv list = { turn, (unsigned long)&turns, 2 | FUTEX_PRIVATE_FLAG, 0 };

	if (!strcmp(kind, "bitset"))
		syscall(SYS_futex, &turns, FUTEX_WAIT_BITSET_PRIVATE, turn, NULL, NULL, ~0);
	else if (!strcmp(kind, "waitv"))
		syscall(449, &list, 1, 0, NULL, 0);
	else
		usage("naps NUMBER MILLISECONDS [wait|bitset|waitv|timeout]");
	sink++;
}

__attribute__((noinline)) static void wait_for_time(void)
{
	syscall(SYS_futex, &turns, FUTEX_WAIT_PRIVATE, turns, &limit, NULL, 0);
	sink++;
}

__attribute__((noinline)) static void nap_in_here(int turn)
{
	bool is_timed = !strcmp(kind, "timeout");

	if (turn && is_timed)
		wait_for_time();
	while (!(turn && is_timed) && __atomic_load_n(&turns, __ATOMIC_ACQUIRE) == turn) {
		if (is_timed || !strcmp(kind, "wait"))
			futex(FUTEX_WAIT_PRIVATE, turn);
		else
			wait_otherwise(turn);
	}
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

/*
 * Waits until a thread has gone to sleep of its own accord since the last time. Its
 * state alone does not tell: one that is preempted on its way there has it already.
 */
static void await_sleep_of(pid_t tid)
{
	static unsigned long last;
	char path[64], line[256];

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	for (;; usleep(1000)) {
		FILE *file = fopen(path, "r");
		unsigned long switches = 0;
		char state = 0;

		if (!file)
			die("read the state of a thread");
		while (fgets(line, sizeof(line), file)) {
			sscanf(line, "State: %c", &state);
			sscanf(line, "voluntary_ctxt_switches: %lu", &switches);
		}
		fclose(file);
		if (state == 'S' && switches > last) {
			last = switches;
			return;
		}
	}
}

static int naps(int count, char **arguments)
{
	pthread_t thread;
	pid_t tid = 0;
	long pause;

	if (count != 2 && count != 3)
		usage("naps NUMBER MILLISECONDS [wait|bitset|waitv|timeout]");
	if (count == 3)
		kind = arguments[2];
	times = number(arguments[0]) + 1;
	pause = number(arguments[1]) * 1000;
	limit.tv_nsec = pause * 1000;
	if (pthread_create(&thread, NULL, sleeper, &tid))
		die("make a thread");
	while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
		usleep(1000);
	if (count == 3)
		await_go("%d %lx", tid, (unsigned long)&turns);
	else
		await_go("%d", tid);
	for (long turn = 0; turn < (strcmp(kind, "timeout") ? times : 1); turn++) {
		await_sleep_of(tid);
		usleep(pause);
		wake_from_here();
	}
	pthread_join(thread, NULL);
	return 0;
}

WORKLOAD(naps, naps);
