// SPDX-License-Identifier: Apache-2.0
/*
 * workload signals NUMBER CALL SIGNAL TARGET
 *
 * Sends so many signals, one after the other, by kill, tkill, tgkill, rt_sigqueueinfo,
 * rt_tgsigqueueinfo or pidfd_send_signal. TARGET is a child that
 *
 *   waits    for each
 *   ignores  them
 *   leads    a group of processes of its own and waits, and is sent them as a group (kill)
 *
 * or it is gone. Or CALL is
 *
 *   fault    children end by a bad address, and nothing is sent
 *   alarm    interval timers send SIGALRM to this process
 *   timer    POSIX timers send the signal
 *
 * Says this process and the target, and prints the errno of each call, or the child.
 */
#include "workload.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open	      434
#define SYS_pidfd_send_signal 424
#endif

static const char *call;
static int sent, descriptor = -1;
static pid_t target;
/* By the first the target tells that it is ready, and of each signal; it ends with the second. */
static int told[2], life[2];

static void receive(bool ignores, bool leads)
{
	struct signalfd_siginfo info;
	struct pollfd waiting[2] = { { .events = POLLIN }, { .events = POLLIN } };
	char byte = 0;
	sigset_t all;

	close(life[1]);
	if (leads)
		setpgid(0, 0);
	sigfillset(&all);
	if (ignores) {
		signal(sent, SIG_IGN);
		sigdelset(&all, sent);
	}
	sigprocmask(SIG_SETMASK, &all, NULL);
	waiting[0].fd = life[0];
	waiting[1].fd = signalfd(-1, &all, 0);
	if (waiting[1].fd < 0 || write(told[1], &byte, 1) != 1)
		_exit(1);
	while (poll(waiting, 2, -1) > 0 && !waiting[0].revents) {
		if (read(waiting[1].fd, &info, sizeof(info)) != sizeof(info) ||
		    write(told[1], &byte, 1) != 1)
			_exit(1);
	}
	_exit(0);
}

static void await_target(void)
{
	char byte;

	if (read(told[0], &byte, 1) != 1)
		die("hear of the target");
}

static void make_target(const char *how)
{
	bool waits = !strcmp(how, "waits") || !strcmp(how, "leads");

	if (pipe(told) || pipe(life))
		die("make pipes");
	target = fork();
	if (target < 0)
		die("fork");
	if (!target && !strcmp(how, "gone"))
		_exit(0);
	if (!target)
		receive(!waits, !strcmp(how, "leads"));
	if (strcmp(how, "gone"))
		await_target();
	descriptor = syscall(SYS_pidfd_open, target, 0);
	if (!strcmp(how, "gone"))
		waitpid(target, NULL, 0);
}

static long send_signal(bool is_group)
{
	siginfo_t info = { .si_signo = sent, .si_code = SI_QUEUE };

	info.si_pid = getpid();
	if (!strcmp(call, "kill"))
		return kill(is_group ? -target : target, sent);
	if (!strcmp(call, "tkill"))
		return syscall(SYS_tkill, target, sent);
	if (!strcmp(call, "tgkill"))
		return syscall(SYS_tgkill, target, target, sent);
	if (!strcmp(call, "rt_sigqueueinfo"))
		return syscall(SYS_rt_sigqueueinfo, target, sent, &info);
	if (!strcmp(call, "rt_tgsigqueueinfo"))
		return syscall(SYS_rt_tgsigqueueinfo, target, target, sent, &info);
	if (!strcmp(call, "pidfd_send_signal"))
		return syscall(SYS_pidfd_send_signal, descriptor, sent, NULL, 0);
	usage(call);
}

static void await_timer(void)
{
	struct itimerval soon = { .it_value.tv_usec = 100 };
	struct itimerspec soon_too = { .it_value.tv_nsec = 100000 };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = sent };
	siginfo_t info;
	sigset_t set;
	timer_t timer;

	sigemptyset(&set);
	sigaddset(&set, sent);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (!strcmp(call, "alarm")) {
		setitimer(ITIMER_REAL, &soon, NULL);
		sigwaitinfo(&set, &info);
		return;
	}
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) ||
	    timer_settime(timer, 0, &soon_too, NULL))
		die("set a timer");
	sigwaitinfo(&set, &info);
	timer_delete(timer);
}

static void fault(void)
{
	volatile char *page = mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (!child) {
		/* Swift's runtime has a handler. */
		signal(SIGSEGV, SIG_DFL);
		*page = 1;
	}
	waitpid(child, NULL, 0);
	printf("%d\n", child);
}

static int signals(int count, char **arguments)
{
	bool has_target;

	if (count != 4)
		usage("signals NUMBER CALL SIGNAL TARGET");
	call = arguments[1];
	sent = number(arguments[2]);
	has_target = strcmp(call, "fault") && strcmp(call, "alarm") && strcmp(call, "timer");
	if (has_target)
		make_target(arguments[3]);
	await_go("%d %d", getpid(), target);
	for (long done = 0; done < number(arguments[0]); done++) {
		long result;

		if (!strcmp(call, "fault")) {
			fault();
			continue;
		}
		if (!has_target) {
			await_timer();
			continue;
		}
		errno = 0;
		result = send_signal(!strcmp(arguments[3], "leads"));
		if (!result && sent && strcmp(arguments[3], "ignores"))
			await_target();
		if (number(arguments[0]) <= 1000)
			printf("%d\n", errno);
	}
	return 0;
}

WORKLOAD(signals, signals);
