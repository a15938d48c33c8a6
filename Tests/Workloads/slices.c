// SPDX-License-Identifier: Apache-2.0
/*
 * workload slices NUMBER
 *
 * Sleeps so often for at least a millisecond. Says how often it was switched away
 * from its CPU in all.
 */
#include "workload.h"

#include <sys/resource.h>

static long switches(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage))
		die("count the switches");
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

static int slices(int count, char **arguments)
{
	long before;

	if (count != 1)
		usage("slices NUMBER");
	await_go("%d", getpid());
	before = switches();
	for (long done = 0; done < number(arguments[0]); done++)
		usleep(1000);
	printf("%ld\n", switches() - before);
	return 0;
}

WORKLOAD(slices, slices);
