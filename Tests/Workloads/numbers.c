// SPDX-License-Identifier: Apache-2.0
/*
 * workload numbers NUMBER
 *
 * Opens that many files, on one CPU: /numbers/0, /numbers/1 and so on, which are not there.
 */
#include "workload.h"

#include <fcntl.h>
#include <sched.h>

static int numbers(int count, char **arguments)
{
	char path[64];
	cpu_set_t here;
	long times;

	if (count != 1)
		usage("numbers NUMBER");
	times = number(arguments[0]);
	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	if (sched_setaffinity(0, sizeof(here), &here))
		die("stay on a CPU");
	await_go("numbers");
	for (long index = 0; index < times; index++) {
		snprintf(path, sizeof(path), "/numbers/%ld", index);
		if (open(path, O_RDONLY) >= 0)
			die(path);
	}
	return 0;
}

WORKLOAD(numbers, numbers);
