// SPDX-License-Identifier: Apache-2.0
/* The signals that end a run, by a thread that nothing else can hold up. */
#define _GNU_SOURCE
#include "linux.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

static sigset_t ending(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	return set;
}

void linux_hold_signals(void)
{
	const sigset_t set = ending();

	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

struct watch {
	int signals;
	int event; /* becomes readable with the first of them */
};

/*
 * After the first signal they have their default action again, in this thread: then the
 * kernel ends the whole process, even where another thread waits for a device.
 */
static void *watch(void *argument)
{
	const struct timespec moment = { .tv_nsec = 20 * 1000 * 1000 }, none = {};
	const struct watch *watch = argument;
	const sigset_t set = ending();
	struct signalfd_siginfo first;
	const uint64_t one = 1;

	while (read(watch->signals, &first, sizeof(first)) < 0 && errno == EINTR)
		;
	while (write(watch->event, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	/* timeout(1) sends each to the process and to its group. */
	nanosleep(&moment, NULL);
	while (sigtimedwait(&set, NULL, &none) > 0)
		;
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	for (;;)
		pause();
	return NULL;
}

int linux_watch_signals(void)
{
	static struct watch watch_of_process;
	const sigset_t set = ending();
	pthread_attr_t attributes;
	pthread_t thread;
	int failed;

	watch_of_process = (struct watch){
		.signals = signalfd(-1, &set, SFD_CLOEXEC),
		.event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	failed = watch_of_process.signals < 0 || watch_of_process.event < 0
			 ? errno
			 : pthread_attr_init(&attributes);
	if (!failed) {
		pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
		pthread_attr_setstacksize(&attributes, 128 * 1024);
		failed = pthread_create(&thread, &attributes, watch, &watch_of_process);
		pthread_attr_destroy(&attributes);
	}
	if (!failed)
		return watch_of_process.event;
	/* The first one ends the process then. */
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	close(watch_of_process.signals);
	close(watch_of_process.event);
	return -failed;
}

int linux_collect_user_signals(void)
{
	int signals;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return signals < 0 ? -errno : signals;
}

int linux_next_user_signal(int signals)
{
	struct signalfd_siginfo next;

	if (read(signals, &next, sizeof(next)) != sizeof(next))
		return 0;
	return next.ssi_signo == SIGUSR1 ? 1 : 2;
}
