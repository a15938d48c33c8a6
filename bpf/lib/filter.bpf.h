/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which tasks are traced. Every value tested is a constant by the time the
 * verifier sees it, so a filter that is not asked for costs nothing.
 */
#ifndef LIB_FILTER_BPF_H
#define LIB_FILTER_BPF_H

#include "wire.h"
#include <bpf/bpf_helpers.h>
#include "compat.bpf.h"

/* The processes to trace, when there is more than one or when they are followed. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, __u32);
	__type(value, __u8);
} filter_pids SEC(".maps");

static __always_inline bool comm_passes(const volatile struct task_filter *filter, const char *comm)
{
	__u64 low, high;

	if (!filter->comm_starts)
		return true;
	__builtin_memcpy(&low, comm, sizeof(low));
	__builtin_memcpy(&high, comm + sizeof(low), sizeof(high));
	for (__u32 start = 0; start < COMM_SIZE; start++) {
		if (start >= filter->comm_starts)
			return false;
		if (!((low ^ filter->comm_low) & filter->comm_mask_low) &&
		    !((high ^ filter->comm_high) & filter->comm_mask_high))
			return true;
		low = low >> 8 | high << 56;
		high >>= 8;
	}
	return false;
}

static __always_inline bool ids_pass(const volatile struct task_filter *filter, __u32 pid,
				     __u32 tid)
{
	if (filter->pid_count == 1 && pid != filter->pid)
		return false;
	if (filter->pid_count > 1 && !bpf_map_lookup_elem(&filter_pids, &pid))
		return false;
	return !filter->tid || tid == filter->tid;
}

/* Does the running task pass? Needs no kernel types. */
static __always_inline bool current_passes(const volatile struct task_filter *filter)
{
	if (filter->pid_count || filter->tid) {
		__u64 ids = bpf_get_current_pid_tgid();

		if (!ids_pass(filter, ids >> 32, ids))
			return false;
	}
	if (filter->uid_enabled && (__u32)bpf_get_current_uid_gid() != filter->uid)
		return false;
	if (filter->cgroup_id &&
	    current_cgroup_ancestor_id(filter->cgroup_level) != filter->cgroup_id)
		return false;
	if (filter->comm_starts) {
		char comm[COMM_SIZE];

		bpf_get_current_comm(comm, sizeof(comm));
		return comm_passes(filter, comm);
	}
	return true;
}

static __noinline bool task_passes_filter(const volatile struct task_filter *filter,
					  struct task_struct *task)
{
	if ((filter->pid_count || filter->tid) &&
	    !ids_pass(filter, BPF_CORE_READ(task, tgid), BPF_CORE_READ(task, pid)))
		return false;
	if (filter->uid_enabled && BPF_CORE_READ(task, cred, uid.val) != filter->uid)
		return false;
	if (filter->cgroup_id && cgroup_ancestor_id(BPF_CORE_READ(task, cgroups, dfl_cgrp),
						    filter->cgroup_level) != filter->cgroup_id)
		return false;
	if (filter->comm_starts) {
		/* Reading a string leaves what stands behind its NUL. */
		char comm[COMM_SIZE] = {};

		BPF_CORE_READ_STR_INTO(&comm, task, comm);
		return comm_passes(filter, comm);
	}
	return true;
}

/* Does this task pass, which need not be the running one? */
static __always_inline bool task_passes(const volatile struct task_filter *filter,
					struct task_struct *task)
{
	return !filter->enabled || task_passes_filter(filter, task);
}

#endif
