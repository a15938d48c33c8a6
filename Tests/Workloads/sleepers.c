// SPDX-License-Identifier: Apache-2.0
/*
 * workload sleepers NUMBER
 *
 * Is so many processes beside this one, which sleep until it is told to go.
 */
#include "workload.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

static int sleepers(int count, char **arguments)
{
	long number = count == 1 ? atol(arguments[0]) : 0;

	if (number < 1)
		usage("sleepers NUMBER");
	for (long index = 0; index < number; index++) {
		pid_t child = fork();

		if (child < 0)
			die("make a process");
		if (!child) {
			/* Whoever started it may not come to an end well. */
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
	}
	await_go("%ld", number);
	return 0;
}

WORKLOAD(sleepers, sleepers);
