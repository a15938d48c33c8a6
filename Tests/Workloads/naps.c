// SPDX-License-Identifier: Apache-2.0
/*
 * workload naps NUMBER MILLISECONDS [wait|bitset|waitv|call|pi|signal|changed|timeout]
 *
 * A thread sleeps so often and at least so long in nap_in_here(), each time until
 * another thread wakes it from wake_from_here(), and once more before it is told to
 * go. It is left alone until it sleeps, however late it comes to that. Says the number
 * of the one that sleeps, and with a fourth argument where: it sleeps in this call, or
 * nobody wakes it but the time, or a signal; with changed it also asks to wait for what has
 * changed already.
 */
#include "workload.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

static int turns;
/* The thread that has it, for the kernel to give it to the next. */
static int owner;
static pid_t sleeper_tid;
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
	else if (!strcmp(kind, "call"))
		syscall(455, &turns, turn, ~0u, 2 | FUTEX_PRIVATE_FLAG, NULL, 0);
	else
		usage("naps NUMBER MILLISECONDS [KIND]");
	sink++;
}

__attribute__((noinline)) static void wait_for_time(void)
{
	syscall(SYS_futex, &turns, FUTEX_WAIT_PRIVATE, turns, &limit, NULL, 0);
	sink++;
}

/* Once the thread that wakes has it. */
__attribute__((noinline)) static void wait_for_owner(void)
{
	while ((__atomic_load_n(&owner, __ATOMIC_ACQUIRE) & FUTEX_TID_MASK) != getpid())
		sched_yield();
	syscall(SYS_futex, &owner, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0);
	sink++;
}

__attribute__((noinline)) static void nap_in_here(int turn)
{
	bool is_timed = !strcmp(kind, "timeout");

	if (!strcmp(kind, "pi")) {
		wait_for_owner();
		syscall(SYS_futex, &owner, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
		return;
	}
	if (!strcmp(kind, "signal")) {
		futex(FUTEX_WAIT_PRIVATE, turns);
		sink++;
		return;
	}
	if (!strcmp(kind, "changed"))
		futex(FUTEX_WAIT_PRIVATE, turn - 1);
	if (turn && is_timed)
		wait_for_time();
	while (!(turn && is_timed) && __atomic_load_n(&turns, __ATOMIC_ACQUIRE) == turn) {
		if (is_timed || !strcmp(kind, "wait") || !strcmp(kind, "changed"))
			futex(FUTEX_WAIT_PRIVATE, turn);
		else
			wait_otherwise(turn);
	}
	sink++;
}

static void ignore(int number)
{
}

__attribute__((noinline)) static void wake_from_here(void)
{
	if (!strcmp(kind, "pi")) {
		syscall(SYS_futex, &owner, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
		syscall(SYS_futex, &owner, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0);
		return;
	}
	if (!strcmp(kind, "signal")) {
		syscall(SYS_tgkill, getpid(), sleeper_tid, SIGUSR1);
		return;
	}
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
	sigset_t signals;
	pid_t tid = 0;
	long pause;

	if (count != 2 && count != 3)
		usage("naps NUMBER MILLISECONDS [KIND]");
	if (count == 3)
		kind = arguments[2];
	times = number(arguments[0]) + 1;
	pause = number(arguments[1]) * 1000;
	limit.tv_nsec = pause * 1000;
	owner = getpid();
	/* Without SA_RESTART, or the call would go on. */
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = ignore }, NULL);
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigprocmask(SIG_UNBLOCK, &signals, NULL);
	if (pthread_create(&thread, NULL, sleeper, &tid))
		die("make a thread");
	while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
		usleep(1000);
	sleeper_tid = tid;
	if (count == 3)
		await_go("%d %lx", tid, (unsigned long)(strcmp(kind, "pi") ? &turns : &owner));
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
