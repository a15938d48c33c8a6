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
#include "field.bpf.h"
#include "filter_pids.bpf.h"
#include "task.bpf.h"

static __always_inline bool comm_passes(const volatile struct task_filter *filter, const char *comm)
{
	__u64 low, high;

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

static __always_inline bool pid_passes(const volatile struct task_filter *filter, __u32 pid)
{
	return filter->pid_count == 1 ? pid == filter->pid
				      : bpf_map_lookup_elem(&filter_pids, &pid) != NULL;
}

/* The same as current_passes(), for the hook that is hit most: a call costs as much as a check. */
static __always_inline bool current_passes_inline(const volatile struct task_filter *filter)
{
	/* The compiler would take the address anew for each field. */
	asm volatile("" : "+r"(filter));
	if (filter->pid_count || filter->tid) {
		__u64 ids = current_ids(filter->pid_namespace);

		if (filter->pid_count && !pid_passes(filter, ids >> 32))
			return false;
		if (filter->tid && (__u32)ids != filter->tid)
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

static __noinline bool current_passes_filter(const volatile struct task_filter *filter)
{
	return current_passes_inline(filter);
}

/* Does the running task pass? Needs no kernel types where pids are the kernel's own. */
static __always_inline bool current_passes(const volatile struct task_filter *filter)
{
	return !filter->enabled || current_passes_filter(filter);
}

static __noinline bool task_passes_rest(const volatile struct task_filter *filter,
					struct task_struct *task)
{
	__u32 namespace = filter->pid_namespace;
	/* Reading a string leaves what stands behind its NUL. */
	char comm[COMM_SIZE] = {};

	if (namespace && filter->pid_count && !pid_passes(filter, task_pid(task, namespace)))
		return false;
	if (namespace && filter->tid && task_tid(task, namespace) != filter->tid)
		return false;
	if (filter->cgroup_id &&
	    task_cgroup_ancestor_id(task, filter->cgroup_level) != filter->cgroup_id)
		return false;
	if (!filter->comm_starts)
		return true;
	BPF_CORE_READ_STR_INTO(&comm, task, comm);
	return comm_passes(filter, comm);
}

/* Compares the name where it stands; what follows its NUL may be anything. */
static __always_inline bool typed_comm_begins(const volatile struct task_filter *filter,
					      struct task_struct *task)
{
	__u64 low = *(__u64 *)&task->comm[0];
	__u64 high = *(__u64 *)&task->comm[8];

	return !((low ^ filter->comm_low) & filter->comm_mask_low) &&
	       !((high ^ filter->comm_high) & filter->comm_mask_high);
}

/*
 * Does this task pass, which need not be the running one? A typed pointer is one
 * that the verifier knows to be a task's.
 */
static __always_inline bool task_passes(const volatile struct task_filter *filter,
					struct task_struct *task, const bool typed)
{
	if (!filter->pid_namespace) {
		if (filter->pid_count && !pid_passes(filter, FIELD(task, tgid)))
			return false;
		if (filter->tid && FIELD(task, pid) != (int)filter->tid)
			return false;
	}
	if (filter->uid_enabled &&
	    (typed ? task->cred->uid.val : BPF_CORE_READ(task, cred, uid.val)) != filter->uid)
		return false;
	if (typed && !filter->pid_namespace && filter->comm_starts < 2) {
		if (filter->comm_starts && !typed_comm_begins(filter, task))
			return false;
		return !filter->cgroup_id ||
		       typed_task_cgroup_ancestor_id(task, filter->cgroup_level) ==
			       filter->cgroup_id;
	}
	return !(filter->pid_namespace || filter->cgroup_id || filter->comm_starts) ||
	       task_passes_rest(filter, task);
}

#endif
