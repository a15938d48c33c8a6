// SPDX-License-Identifier: Apache-2.0
/*
 * workload opens [PREPARATION...] NUMBER CALL PATH FLAGS MODE
 *
 * The preparations, in their order: --chdir DIRECTORY, --dirfd DIRECTORY,
 * --chroot DIRECTORY, --bind FROM TO (in a mount namespace of its own),
 * --thread (the opens come from a second thread), --cpu NUMBER (the only one that
 * they come on), --comm NAME (of the task), --rate NUMBER (of opens a second; without
 * it as fast as possible). Prints for up to 1000 opens the descriptor and the errno.
 */
#include "workload.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

static int directory = AT_FDCWD;
static long times, rate;
static const char *call, *path;
static long flags, mode;

static int open_once(void)
{
	if (!strcmp(call, "open"))
		return syscall(SYS_open, path, flags, mode);
	if (!strcmp(call, "creat"))
		return syscall(SYS_creat, path, mode);
	if (!strcmp(call, "openat"))
		return syscall(SYS_openat, directory, path, flags, mode);
	if (!strcmp(call, "openat2")) {
		struct open_how how = { .flags = flags, .mode = mode };

		return syscall(SYS_openat2, directory, path, &how, sizeof(how));
	}
	usage(call);
}

/* Waits until the time for so many has come. */
static void keep_pace(const struct timespec *start, long done)
{
	struct timespec due = *start;

	due.tv_nsec += done % rate * (1000000000 / rate);
	due.tv_sec += done / rate + due.tv_nsec / 1000000000;
	due.tv_nsec %= 1000000000;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL))
		;
}

static void *work(void *ready)
{
	struct timespec start;

	await_go("%ld", (long)gettid());
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (long done = 0; done < times; done++) {
		int descriptor;

		if (rate)
			keep_pace(&start, done);
		descriptor = open_once();

		if (times <= 1000)
			printf("%d %d\n", descriptor, descriptor < 0 ? errno : 0);
		if (descriptor >= 0)
			close(descriptor);
	}
	return ready;
}

static void bind_mount(const char *from, const char *to)
{
	if (unshare(CLONE_NEWNS))
		die("unshare the mount namespace");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		die("make the mounts private");
	if (mount(from, to, NULL, MS_BIND, NULL))
		die("bind mount");
}

static void bind_to(long number)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(number, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		die("bind to the CPU");
}

static int opens(int count, char **arguments)
{
	bool in_thread = false;

	for (; count > 1 && arguments[0][0] == '-'; count--, arguments++) {
		if (!strcmp(arguments[0], "--thread")) {
			in_thread = true;
			continue;
		}
		if (!strcmp(arguments[0], "--comm")) {
			prctl(PR_SET_NAME, arguments[1]);
		} else if (!strcmp(arguments[0], "--cpu")) {
			bind_to(number(arguments[1]));
		} else if (!strcmp(arguments[0], "--rate")) {
			rate = number(arguments[1]);
		} else if (!strcmp(arguments[0], "--chdir")) {
			if (chdir(arguments[1]))
				die("chdir");
		} else if (!strcmp(arguments[0], "--dirfd")) {
			directory = open(arguments[1], O_PATH | O_DIRECTORY);
			if (directory < 0)
				die("open the directory");
		} else if (!strcmp(arguments[0], "--chroot")) {
			if (chroot(arguments[1]) || chdir("/"))
				die("chroot");
		} else if (!strcmp(arguments[0], "--bind") && count > 2) {
			bind_mount(arguments[1], arguments[2]);
			count--, arguments++;
		} else {
			usage(arguments[0]);
		}
		count--, arguments++;
	}
	if (count != 5)
		usage("opens [PREPARATION...] NUMBER CALL PATH FLAGS MODE");
	times = number(arguments[0]);
	call = arguments[1];
	path = arguments[2];
	flags = number(arguments[3]);
	mode = number(arguments[4]);
	work_in(in_thread, work);
	return 0;
}

WORKLOAD(opens, opens);
