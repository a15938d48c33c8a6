/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LIB_FILTER_MAPS_BPF_H
#define LIB_FILTER_MAPS_BPF_H

#include "wire.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "kernel_read.bpf.h"

/*
 * The ids of the cgroups and of the mount namespaces to trace, as bcc's tools take them: maps
 * that somebody else has pinned and changes meanwhile, or none.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u64);
} cgroup_ids SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u32);
} mntns_ids SEC(".maps");

static __noinline bool pinned_maps_pass(const volatile struct task_filter *filter,
					struct task_struct *task)
{
	__u64 id;

	if (filter->pinned_maps & PINNED_CGROUPS) {
		id = KERNEL_READ(task, cgroups, dfl_cgrp, kn, id);
		if (!bpf_map_lookup_elem(&cgroup_ids, &id))
			return false;
	}
	if (filter->pinned_maps & PINNED_MNTNS) {
		id = KERNEL_READ(task, nsproxy, mnt_ns, ns.inum);
		if (!bpf_map_lookup_elem(&mntns_ids, &id))
			return false;
	}
	return true;
}

#endif
