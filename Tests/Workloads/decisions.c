// SPDX-License-Identifier: Apache-2.0
/*
 * workload decisions NUMBER REQUEST
 *
 * Asks the kernel so many times for something that a security module decides on: child (to
 * read the memory of its child), parent (that of its parent), map (to make a BPF map), module
 * (to load a file that is none). Prints how many were granted.
 */
#include "workload.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

static char byte;

static bool read_memory(pid_t process)
{
	char copy;
	struct iovec here = { &copy, 1 }, there = { &byte, 1 };

	/* In another program there may be nothing at the address. */
	return process_vm_readv(process, &here, 1, &there, 1, 0) == 1 || errno == EFAULT;
}

static bool make_map(void)
{
	union bpf_attr attributes = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1
	};
	int map = syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes));

	if (map >= 0)
		close(map);
	return map >= 0;
}

static bool load_module(int file)
{
	return !syscall(SYS_finit_module, file, "", 0) || errno == ENOEXEC;
}

static int decisions(int count, char **arguments)
{
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), granted = 0;
	const char *request;
	pid_t child;

	if (count != 2)
		usage("decisions NUMBER REQUEST");
	request = arguments[1];
	child = fork();
	if (child < 0 || file < 0)
		die("prepare");
	if (!child) {
		pause();
		_exit(0);
	}
	await_go("%d", !strcmp(request, "parent") ? getppid() : child);
	for (long left = number(arguments[0]); left > 0; left--) {
		if (!strcmp(request, "child"))
			granted += read_memory(child);
		else if (!strcmp(request, "parent"))
			granted += read_memory(getppid());
		else if (!strcmp(request, "map"))
			granted += make_map();
		else if (!strcmp(request, "module"))
			granted += load_module(file);
		else
			usage(request);
	}
	printf("%d\n", granted);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return 0;
}

WORKLOAD(decisions, decisions);
