/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Since when threads are off the CPUs. Include it after declaring config and defining
 * struct absence, what is kept of a thread, whose member since is 0 where the thread is on a
 * CPU or is not wanted.
 */
#ifndef LIB_ABSENCE_BPF_H
#define LIB_ABSENCE_BPF_H

#include "absence.h"
#include <bpf/bpf_helpers.h>
#include "field.bpf.h"
#include "elapsed.bpf.h"
#include "filter.bpf.h"
#include "ledger.bpf.h"
#include "stack_owner.bpf.h"
#include "task.bpf.h"

/*
 * By thread. An evicted entry is a time not reported, never a wrong one. It stays
 * while the thread lives, since to make and to remove one costs more than to find it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, __u32);
	__type(value, struct absence);
} absences SEC(".maps");

static const struct absence no_absence;

static __always_inline struct absence *absence_of(__u32 tid)
{
	struct absence *absence = bpf_map_lookup_elem(&absences, &tid);

	if (absence)
		return absence;
	if (bpf_map_update_elem(&absences, &tid, &no_absence, BPF_ANY))
		LEDGER_ADD(map_full);
	return bpf_map_lookup_elem(&absences, &tid);
}

static __always_inline bool thread_passes(struct task_struct *task, const bool typed)
{
	if (config.absence.user_threads && task_is_of_kernel(task, typed))
		return false;
	if (config.absence.kernel_threads && !task_is_of_kernel(task, typed))
		return false;
	return task_passes(&config.trace.filter, task, typed);
}

/* What is kept of a thread that leaves its CPU in this state; NULL where it is not wanted. */
static __always_inline struct absence *begin_absence(struct task_struct *prev, __u64 state,
						     bool wanted, const bool typed)
{
	__u32 tid = FIELD(prev, pid);
	struct absence *absence;

	if (!tid)
		return NULL;
	if (state & TASK_DEAD) {
		bpf_map_delete_elem(&absences, &tid);
		return NULL;
	}
	if (wanted && thread_passes(prev, typed))
		return absence_of(tid);
	absence = bpf_map_lookup_elem(&absences, &tid);
	if (absence)
		absence->since = 0;
	return NULL;
}

/* That of a thread that is off the CPUs; NULL: it is on one, or is not wanted. */
static __always_inline struct absence *absence_now(__u32 tid)
{
	struct absence *absence = tid ? bpf_map_lookup_elem(&absences, &tid) : NULL;

	return absence && absence->since ? absence : NULL;
}

/* Ends one, and tells its length; whether that is counted. */
static __always_inline bool end_absence(struct absence *absence, __u64 *length)
{
	__u64 now = bpf_ktime_get_ns();

	*length = elapsed(absence->since, now);
	absence->since = 0;
	return *length >= config.absence.min_ns && *length <= config.absence.max_ns;
}

/*
 * Where absences begin and end, for a program that defines switches(context, preempted, prev,
 * next, typed) and wake(context, task, typed), which is called where the waker runs.
 */
#define SWITCH_AND_WAKING_HOOKS(KIND, TYPED)                                  \
	SEC(#KIND "/sched_switch")                                            \
	int BPF_PROG(KIND##_switch, bool preempted, struct task_struct *prev, \
		     struct task_struct *next)                                \
	{                                                                     \
		switches(ctx, preempted, prev, next, TYPED);                  \
		return 0;                                                     \
	}                                                                     \
                                                                              \
	SEC(#KIND "/sched_waking")                                            \
	int BPF_PROG(KIND##_waking, struct task_struct *task)                 \
	{                                                                     \
		wake(ctx, task, TYPED);                                       \
		return 0;                                                     \
	}

#endif
