// SPDX-License-Identifier: Apache-2.0
/*
 * workload compacts NUMBER
 *
 * Has all memory compacted so many times, zone by zone.
 */
#include "workload.h"

#include <fcntl.h>

static int compacts(int count, char **arguments)
{
	int file = open("/proc/sys/vm/compact_memory", O_WRONLY | O_CLOEXEC);

	if (count != 1)
		usage("compacts NUMBER");
	if (file < 0)
		die("compact memory");
	await_go("%d", getpid());
	for (long done = 0; done < number(arguments[0]); done++)
		if (pwrite(file, "1", 1, 0) != 1)
			die("compact memory");
	return 0;
}

WORKLOAD(compacts, compacts);
