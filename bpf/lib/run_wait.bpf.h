/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long tasks that could run wait for a CPU. Include it after declaring config and
 * defining report_wait(task, before, nanoseconds), which is called when a task of the
 * filter gets a CPU, with the task that ran there before.
 *
 * The kernel keeps that account itself: when a task was queued, and how long it
 * has waited in all. Where the clock of that account can be read, one look at
 * each switch is enough. Elsewhere the wake-ups are traced as well.
 */
#ifndef LIB_RUN_WAIT_BPF_H
#define LIB_RUN_WAIT_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "compat.bpf.h"
#include "elapsed.bpf.h"
#include "field.bpf.h"
#include "filter.bpf.h"
#include "kernel_read.bpf.h"
#include "ledger.bpf.h"

/*
 * By thread: what it had waited in all when it last got a CPU (from the
 * kernel's account), or when it was queued (from the wake-ups).
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, __u64);
} waits SEC(".maps");

/*
 * A task that is moved to another CPU while it waits is queued anew there, so
 * the time since it was queued is only the last part of its wait; the sum of
 * all its waits, compared with the one at its last turn, has all parts.
 */
static __always_inline int account_switch(struct task_struct *prev, struct task_struct *next,
					  const bool typed)
{
	__u64 queued, clock, waited, total, *before;
	__u32 tid = FIELD(next, pid);
	struct rq *queue;

	if (!tid || !task_passes(&config.trace.filter, next, typed))
		return 0;
	queued = FIELD(next, sched_info.last_queued);
	if (!queued)
		return 0;
	queue = typed ? next->se.cfs_rq->rq : KERNEL_READ(next, se.cfs_rq, rq);
	clock = typed ? queue->clock : KERNEL_READ(queue, clock);
	waited = clock > queued ? clock - queued : 0;
	total = FIELD(next, sched_info.run_delay) + waited;
	before = bpf_map_lookup_elem(&waits, &tid);
	if (!FIELD(next, sched_info.pcount))
		waited = total; /* its first turn; an entry is of a task long gone */
	else if (before && total > *before)
		waited = total - *before;
	if (before)
		*before = total;
	else if (bpf_map_update_elem(&waits, &tid, &total, BPF_ANY))
		LEDGER_ADD(map_full);
	return report_wait(next, prev, waited);
}

static __always_inline int queue_task(struct task_struct *task, const bool typed)
{
	__u32 tid = FIELD(task, pid);
	__u64 now, *queued;

	if (!tid || !task_passes(&config.trace.filter, task, typed))
		return 0;
	now = bpf_ktime_get_ns();
	queued = bpf_map_lookup_elem(&waits, &tid);
	if (!queued) {
		if (bpf_map_update_elem(&waits, &tid, &now, BPF_ANY))
			LEDGER_ADD(map_full);
	} else if (!*queued) {
		/*
		 * A task that was preempted on its way to sleep waits already
		 * when it is woken.
		 */
		*queued = now;
	}
	return 0;
}

static __always_inline int wakeup_switch(bool preempted, struct task_struct *prev,
					 struct task_struct *next, const bool typed)
{
	__u32 tid = FIELD(next, pid);
	__u64 *queued, now;

	if (preempted || task_is_runnable(prev))
		queue_task(prev, typed);
	queued = bpf_map_lookup_elem(&waits, &tid);
	if (!queued || !*queued)
		return 0;
	now = bpf_ktime_get_ns();
	now = elapsed(*queued, now);
	*queued = 0;
	return report_wait(next, prev, now);
}

#define SCHED_HOOKS(KIND, TYPED)                                                      \
	SEC(#KIND "/sched_switch")                                                    \
	int BPF_PROG(KIND##_account_switch, bool preempted, struct task_struct *prev, \
		     struct task_struct *next)                                        \
	{                                                                             \
		return account_switch(prev, next, TYPED);                             \
	}                                                                             \
                                                                                      \
	SEC(#KIND "/sched_wakeup")                                                    \
	int BPF_PROG(KIND##_wakeup, struct task_struct *task)                         \
	{                                                                             \
		return queue_task(task, TYPED);                                       \
	}                                                                             \
                                                                                      \
	SEC(#KIND "/sched_wakeup_new")                                                \
	int BPF_PROG(KIND##_wakeup_new, struct task_struct *task)                     \
	{                                                                             \
		return queue_task(task, TYPED);                                       \
	}                                                                             \
                                                                                      \
	SEC(#KIND "/sched_switch")                                                    \
	int BPF_PROG(KIND##_wakeup_switch, bool preempted, struct task_struct *prev,  \
		     struct task_struct *next)                                        \
	{                                                                             \
		return wakeup_switch(preempted, prev, next, TYPED);                   \
	}

SCHED_HOOKS(tp_btf, true)
SCHED_HOOKS(raw_tp, false)

#endif
