// SPDX-License-Identifier: Apache-2.0
/*
 * workload objects SECONDS [prog|map|link ID]...
 *
 * Waits until the kernel has none of these BPF objects any more, at most so
 * long, and prints those that are left.
 */
#include "workload.h"

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <time.h>

static bool exists(const char *kind, unsigned int id)
{
	union bpf_attr attributes;
	int command = BPF_PROG_GET_FD_BY_ID;
	long descriptor;

	if (!strcmp(kind, "map"))
		command = BPF_MAP_GET_FD_BY_ID;
	else if (!strcmp(kind, "link"))
		command = BPF_LINK_GET_FD_BY_ID;
	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_id = id;
	descriptor = syscall(SYS_bpf, command, &attributes, sizeof(attributes));
	if (descriptor < 0)
		return errno != ENOENT;
	close(descriptor);
	return true;
}

static int kernel_objects(int count, char **arguments)
{
	time_t end;

	if (count < 1 || count % 2 != 1)
		usage("objects SECONDS [prog|map|link ID]...");
	end = time(NULL) + number(arguments[0]);
	for (int index = 1; index < count; index += 2) {
		while (exists(arguments[index], number(arguments[index + 1]))) {
			if (time(NULL) > end) {
				printf("%s %s\n", arguments[index], arguments[index + 1]);
				break;
			}
			usleep(5000);
		}
	}
	return 0;
}

WORKLOAD(objects, kernel_objects);
