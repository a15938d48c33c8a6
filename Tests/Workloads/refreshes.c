// SPDX-License-Identifier: Apache-2.0
/*
 * workload refreshes NUMBER
 *
 * Has the kernel's statistics of memory brought up to date so many times, for each of which
 * the kernel queues a work on each CPU and waits for all of them. Says how many CPUs those are.
 */
#include "workload.h"

#include <fcntl.h>

static int refreshes(int count, char **arguments)
{
	const char *path = "/proc/sys/vm/stat_refresh";
	char byte;

	if (count != 1)
		usage("refreshes NUMBER");
	if (access(path, R_OK))
		die(path);
	await_go("%d %ld", getpid(), sysconf(_SC_NPROCESSORS_ONLN));
	for (long done = 0; done < number(arguments[0]); done++) {
		int file = open(path, O_RDONLY);

		if (file < 0 || read(file, &byte, 1) < 0)
			die("refresh the statistics");
		close(file);
	}
	return 0;
}

WORKLOAD(refreshes, refreshes);
