// SPDX-License-Identifier: Apache-2.0
/*
 * workload missing [--again] NUMBER DIRECTORY
 *
 * Asks by stat for so many names that a directory does not have, each but once, or with
 * --again each a second time.
 */
#include "workload.h"

#include <sys/stat.h>

static int missing(int count, char **arguments)
{
	bool again = count > 2 && !strcmp(arguments[0], "--again");

	if (again)
		count--, arguments++;
	if (count != 2 || chdir(arguments[1]))
		usage("missing [--again] NUMBER DIRECTORY");
	await_go("%d", getpid());
	for (long index = 0; index < number(arguments[0]); index++) {
		struct stat status;
		char name[64];

		snprintf(name, sizeof(name), "missing-%d-%ld", getpid(), index);
		for (int times = again ? 2 : 1; times > 0; times--)
			if (!stat(name, &status))
				die("miss");
	}
	return 0;
}

WORKLOAD(missing, missing);
