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
#include "filter_maps.bpf.h"
#include "filter_pids.bpf.h"
#include "kernel_read.bpf.h"
#include "task.bpf.h"

/* The two halves of a command name, without what follows its NUL. */
struct comm_halves {
	__u64 low;
	__u64 high;
};

/* The bytes of a word before its first NUL; whether there is one. */
static __always_inline bool cut_at_nul(__u64 *word)
{
	__u64 nul = (*word - 0x0101010101010101) & ~*word & 0x8080808080808080;

	if (!nul)
		return false;
	*word &= (nul & -nul) - 1;
	return true;
}

/* Whether one byte of a word is the lowest of another. */
static __always_inline bool has_byte(__u64 word, __u64 byte)
{
	word ^= (byte & 0xff) * 0x0101010101010101;
	return (word - 0x0101010101010101) & ~word & 0x8080808080808080;
}

static __always_inline bool comm_begins(struct comm_halves comm, struct comm_halves text,
					struct comm_halves mask)
{
	return !((comm.low ^ text.low) & mask.low) && !((comm.high ^ text.high) & mask.high);
}

static __noinline bool comm_contains(const volatile struct task_filter *filter, __u64 low,
				     __u64 high)
{
	struct comm_halves comm = { low, high };
	struct comm_halves text = { filter->comm_low, filter->comm_high };
	struct comm_halves mask = { filter->comm_mask_low, filter->comm_mask_high };

	if (cut_at_nul(&comm.low))
		comm.high = 0;
	else
		cut_at_nul(&comm.high);
	if (!has_byte(comm.low, text.low) && !has_byte(comm.high, text.low))
		return false;
#pragma clang loop unroll(disable)
	for (__u32 start = 0; start < COMM_SIZE; start++) {
		if (start >= filter->comm_starts)
			return false;
		if (comm_begins(comm, text, mask))
			return true;
		comm.low = comm.low >> 8 | comm.high << 56;
		comm.high >>= 8;
	}
	return false;
}

static __always_inline bool comm_passes(const volatile struct task_filter *filter,
					struct comm_halves comm)
{
	struct comm_halves text = { filter->comm_low, filter->comm_high };
	struct comm_halves mask = { filter->comm_mask_low, filter->comm_mask_high };

	/* The mask of a beginning ends at its last byte, which may be its NUL. */
	if (filter->comm_starts == 1)
		return comm_begins(comm, text, mask);
	return comm_contains(filter, comm.low, comm.high);
}

static __always_inline bool pid_passes(const volatile struct task_filter *filter, __u32 pid)
{
	return filter->pid_count == 1 ? pid == filter->pid : filter_pid_is_listed(pid);
}

static __noinline bool task_passes_rest(const volatile struct task_filter *filter,
					struct task_struct *task)
{
	__u32 namespace = filter->pid_namespace;
	struct comm_halves comm = {};

	if (namespace && filter->pid_count && !pid_passes(filter, task_pid(task, namespace)))
		return false;
	if (namespace && filter->tid && task_tid(task, namespace) != filter->tid)
		return false;
	if (filter->cgroup_id &&
	    task_cgroup_ancestor_id(task, filter->cgroup_level) != filter->cgroup_id)
		return false;
	if (!filter->comm_starts)
		return true;
	bpf_probe_read_kernel(&comm, sizeof(comm), &task->comm);
	return comm_passes(filter, comm);
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
	    (typed ? task->cred->uid.val : KERNEL_READ(task, cred, uid.val)) != filter->uid)
		return false;
	if (filter->pinned_maps && !pinned_maps_pass(filter, task))
		return false;
	if (typed && !filter->pid_namespace) {
		if (filter->cgroup_id &&
		    typed_task_cgroup_ancestor_id(task, filter->cgroup_level) != filter->cgroup_id)
			return false;
		return !filter->comm_starts ||
		       comm_passes(filter, (struct comm_halves){ *(__u64 *)&task->comm[0],
								 *(__u64 *)&task->comm[8] });
	}
	return !(filter->pid_namespace || filter->cgroup_id || filter->comm_starts) ||
	       task_passes_rest(filter, task);
}

/* Without the type of the running task each fact takes a helper, which costs more. */
static __noinline bool untyped_current_passes(const volatile struct task_filter *filter)
{
	struct comm_halves comm;

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
	if (filter->pinned_maps && !pinned_maps_pass(filter, (void *)bpf_get_current_task()))
		return false;
	if (!filter->comm_starts)
		return true;
	bpf_get_current_comm(&comm, sizeof(comm));
	return comm_passes(filter, comm);
}

/* The same as current_passes(), for the hook that is hit most: a call costs as much as a check. */
static __always_inline bool current_passes_inline(const volatile struct task_filter *filter)
{
	/* The compiler would take the address anew for each field. */
	asm volatile("" : "+r"(filter));
	if (current_task_is_typed())
		return task_passes(filter, bpf_get_current_task_btf(), true);
	return untyped_current_passes(filter);
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

/* Whether the running task is the tool's own. */
static __always_inline bool is_own_process(const volatile struct own_process *own)
{
	if (!own->pid)
		return false;
	if (!own->pid_namespace && current_task_is_typed())
		return bpf_get_current_task_btf()->tgid == (int)own->pid;
	return current_ids(own->pid_namespace) >> 32 == own->pid;
}

/* The same by an event's header that is filled: to ask for the task again costs more. */
static __always_inline bool is_own_event(const volatile struct own_process *own,
					 const volatile struct trace_config *trace,
					 const struct event_header *header)
{
	if (own->pid_namespace != trace->pid_namespace)
		return is_own_process(own);
	return own->pid && header->pid == own->pid;
}

#endif
