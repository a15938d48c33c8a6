// SPDX-License-Identifier: Apache-2.0
/*
 * workload holdings MAPS PROGRAMS FILES [PATH | orphan]
 *
 * Holds so many maps named held_map, programs named held_program, and other descriptors in
 * front of them. At PATH the first map is pinned, and removed at the end. Orphan: the
 * main thread has ended, another one keeps them.
 */
#include "workload.h"

#include <linux/bpf.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static int call(int command, union bpf_attr *attributes)
{
	return syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static int make_map(void)
{
	union bpf_attr map = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = 1,
		.map_name = "held_map",
	};

	return call(BPF_MAP_CREATE, &map);
}

static int load_program(void)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr program = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)code,
		.insn_cnt = 2,
		.license = (uintptr_t) "GPL",
		.prog_name = "held_program",
	};

	return call(BPF_PROG_LOAD, &program);
}

static void *hold(void *path)
{
	await_go("%d", getpid());
	if (path)
		unlink(path);
	exit(0);
}

static int holdings(int count, char **arguments)
{
	bool orphan = count == 4 && !strcmp(arguments[3], "orphan");
	char *path = count == 4 && !orphan ? arguments[3] : NULL;
	struct rlimit limit;
	pthread_t keeper;
	int first = -1;

	if (count != 3 && count != 4)
		usage("holdings MAPS PROGRAMS FILES [PATH | orphan]");
	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("ask for the limit of descriptors");
	if (limit.rlim_max < (rlim_t)number(arguments[2]) + 256)
		limit.rlim_max = number(arguments[2]) + 256;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("raise the limit of descriptors");
	for (long file = 0; file < number(arguments[2]); file++) {
		if (dup(STDIN_FILENO) < 0)
			die("have a descriptor");
	}
	for (long map = 0; map < number(arguments[0]); map++) {
		int descriptor = make_map();

		if (descriptor < 0)
			die("make a map");
		if (first < 0)
			first = descriptor;
	}
	for (long program = 0; program < number(arguments[1]); program++) {
		if (load_program() < 0)
			die("load a program");
	}
	if (path) {
		union bpf_attr pin = { .pathname = (uintptr_t)path, .bpf_fd = first };

		if (call(BPF_OBJ_PIN, &pin))
			die("pin a map");
	}
	if (!orphan)
		hold(path);
	if (pthread_create(&keeper, NULL, hold, NULL))
		die("make a thread");
	pthread_exit(NULL);
}

WORKLOAD(holdings, holdings);
