// SPDX-License-Identifier: Apache-2.0
/*
 * workload pings NUMBER
 *
 * Passes a byte to a child and back over two pipes, so many times. Where both
 * are bound to one CPU, each way is one switch with its wake-up.
 */
#include "workload.h"

#include <sys/wait.h>

static void give(int pipe[2])
{
	if (write(pipe[1], "", 1) != 1)
		die("write");
}

static void take(int pipe[2])
{
	char byte;

	if (read(pipe[0], &byte, 1) != 1)
		die("read");
}

static int pings(int count, char **arguments)
{
	int there[2], back[2];
	long times;
	pid_t pid;

	if (count != 1)
		usage("pings NUMBER");
	times = number(arguments[0]);
	if (pipe(there) || pipe(back))
		die("make a pipe");
	await_go("%d", getpid());
	pid = fork();
	if (pid < 0)
		die("fork");
	for (long done = 0; done < times; done++) {
		if (!pid) {
			take(there);
			give(back);
		} else {
			give(there);
			take(back);
		}
	}
	if (pid)
		waitpid(pid, NULL, 0);
	return 0;
}

WORKLOAD(pings, pings);
