// SPDX-License-Identifier: Apache-2.0
/*
 * workload pins DIRECTORY CGROUP NAMESPACE
 *
 * Pins maps in a BPF file system on the directory, in a mount namespace of its own: cgroups and
 * namespaces, which bcc's tools read, with one id each or, where it is 0, without any; array,
 * and narrow, whose keys have two bytes. When it is told to go, it takes the ids out.
 */
#include "workload.h"

#include <linux/bpf.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/syscall.h>

static int bpf(int command, union bpf_attr *attributes)
{
	return syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static int pin(const char *directory, const char *name, uint32_t type, uint32_t key, uint32_t value)
{
	union bpf_attr map = {
		.map_type = type, .key_size = key, .value_size = value, .max_entries = 128
	};
	union bpf_attr place = {};
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	place.pathname = (uintptr_t)path;
	place.bpf_fd = bpf(BPF_MAP_CREATE, &map);
	if ((int)place.bpf_fd < 0 || bpf(BPF_OBJ_PIN, &place))
		die(path);
	return place.bpf_fd;
}

static void change(int command, int map, uint64_t id)
{
	uint64_t value = 0;
	union bpf_attr element = { .map_fd = map,
				   .key = (uintptr_t)&id,
				   .value = (uintptr_t)&value };

	if (command == BPF_MAP_DELETE_ELEM)
		element.value = 0;
	if (id && bpf(command, &element))
		die("change a map");
}

static int pins(int count, char **arguments)
{
	uint64_t cgroup, namespace;
	int cgroups, namespaces;

	if (count != 3)
		usage("pins DIRECTORY CGROUP NAMESPACE");
	cgroup = number(arguments[1]);
	namespace = number(arguments[2]);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", arguments[0], "bpf", 0, NULL))
		die("mount a BPF file system");
	cgroups = pin(arguments[0], "cgroups", BPF_MAP_TYPE_HASH, 8, 8);
	namespaces = pin(arguments[0], "namespaces", BPF_MAP_TYPE_HASH, 8, 4);
	pin(arguments[0], "array", BPF_MAP_TYPE_ARRAY, 4, 8);
	pin(arguments[0], "narrow", BPF_MAP_TYPE_HASH, 2, 8);
	change(BPF_MAP_UPDATE_ELEM, cgroups, cgroup);
	change(BPF_MAP_UPDATE_ELEM, namespaces, namespace);
	await_go("pinned");
	change(BPF_MAP_DELETE_ELEM, cgroups, cgroup);
	change(BPF_MAP_DELETE_ELEM, namespaces, namespace);
	return 0;
}

WORKLOAD(pins, pins);
