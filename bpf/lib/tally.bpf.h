/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How often events of each kind happened, and how long they took in total:
 * kinds with small numbers, or processes. Include it after defining TALLY_KINDS, one
 * more than the greatest number.
 *
 * As with histograms there are two sets, of which the reader reads the one that no
 * program writes.
 */
#ifndef LIB_TALLY_BPF_H
#define LIB_TALLY_BPF_H

#include "tally.h"
#include <bpf/bpf_helpers.h>
#include "atomic.bpf.h"
#include "ledger.bpf.h"
#include "task.bpf.h"

/*
 * By CPU, set and kind. A plain array, since the verifier puts its lookup in line,
 * and the reader maps it instead of making a system call for each entry.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* user space sets it where kinds are counted */
	__type(key, __u32);
	__type(value, struct tally);
} tallies SEC(".maps");

struct process_tallies {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* user space sets it where processes are counted */
	__type(key, __u32);
	__type(value, struct process_tally);
};

struct process_tallies processes_even SEC(".maps");
struct process_tallies processes_odd SEC(".maps");

/* Which set is written: 0 or 1. Set by the reader. */
__u32 tally_set;

static __always_inline void tally_count(struct tally *tally, __u64 nanoseconds)
{
	ATOMIC_ADD(&tally->count, 1);
	if (nanoseconds)
		ATOMIC_ADD(&tally->total_ns, nanoseconds);
}

static __always_inline void tally_kind(__u32 kind, __u64 nanoseconds)
{
	__u32 set = bpf_get_smp_processor_id() * 2 + (tally_set & 1);
	__u32 index = set * TALLY_KINDS + kind;
	struct tally *tally = bpf_map_lookup_elem(&tallies, &index);

	if (tally)
		tally_count(tally, nanoseconds);
}

static __always_inline struct process_tally *process_tally_of(void *processes, __u32 pid)
{
	struct process_tally *known = bpf_map_lookup_elem(processes, &pid), empty = {};
	struct task_struct *task;

	if (known)
		return known;
	task = (void *)bpf_get_current_task();
	BPF_CORE_READ_STR_INTO(&empty.comm, task, group_leader, comm);
	/* Another CPU may be faster, so the result says nothing. */
	bpf_map_update_elem(processes, &pid, &empty, BPF_NOEXIST);
	return bpf_map_lookup_elem(processes, &pid);
}

/* Counts for the running task's process, whose number in the namespace is shown. */
static __always_inline void tally_process(__u32 namespace, __u64 nanoseconds)
{
	__u32 pid = current_ids(namespace) >> 32;
	struct process_tally *known = tally_set & 1 ? process_tally_of(&processes_odd, pid)
						    : process_tally_of(&processes_even, pid);

	if (known) {
		tally_count(&known->tally, nanoseconds);
	} else {
		LEDGER_ADD(seen);
		LEDGER_ADD(map_full);
	}
}

#endif
