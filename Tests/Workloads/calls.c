// SPDX-License-Identifier: Apache-2.0
/*
 * workload calls [--thread] [--comm NAME] NUMBER [CALL]
 *
 * So many times a system call, that of the second thread or of a task of that name
 * where asked. CALL is one of getppid (the cheapest, which no other part of this
 * program makes; the default), nowhere (an openat that fails with ENOENT), sleep (5
 * ms), fork (a child that ends at once), 32-bit (getpid of the 32-bit table, whose
 * number is another call's in 64 bits) or unknown (a number that no call has).
 */
#include "workload.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

static long times;
static const char *call = "getppid";

static void fork_once(void)
{
	int child = fork();

	if (child < 0)
		die("fork");
	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
}

static void call_in_32_bit(void)
{
#if defined(__x86_64__)
	long result = 20; /* getpid there, writev here */

	asm volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
	if (result != getpid())
		die("a 32-bit call");
#else
	die("32-bit calls");
#endif
}

static void call_once(void)
{
	const struct timespec some = { .tv_nsec = 5 * 1000 * 1000 };

	if (!strcmp(call, "nowhere"))
		syscall(SYS_openat, AT_FDCWD, "/no/such/file", O_RDONLY);
	else if (!strcmp(call, "sleep"))
		syscall(SYS_nanosleep, &some, NULL);
	else if (!strcmp(call, "fork"))
		fork_once();
	else if (!strcmp(call, "32-bit"))
		call_in_32_bit();
	else if (!strcmp(call, "unknown"))
		syscall(2003);
	else
		usage(call);
}

static void *work(void *ready)
{
	await_go("%d", gettid());
	if (strcmp(call, "getppid")) {
		for (long done = 0; done < times; done++)
			call_once();
	} else {
		for (long done = 0; done < times; done++)
			syscall(SYS_getppid);
	}
	return ready;
}

static int calls(int count, char **arguments)
{
	bool in_thread = false;

	for (; count && arguments[0][0] == '-'; count--, arguments++) {
		if (!strcmp(arguments[0], "--thread")) {
			in_thread = true;
		} else if (!strcmp(arguments[0], "--comm") && count > 1) {
			prctl(PR_SET_NAME, arguments[1]);
			count--, arguments++;
		} else {
			usage(arguments[0]);
		}
	}
	if (count != 1 && count != 2)
		usage("calls [--thread] [--comm NAME] NUMBER [CALL]");
	times = number(arguments[0]);
	if (count == 2)
		call = arguments[1];
	work_in(in_thread, work);
	return 0;
}

WORKLOAD(calls, calls);
