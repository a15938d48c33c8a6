// SPDX-License-Identifier: GPL-2.0
/* How long tasks run when they get a CPU, or how long they are away from it. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "cpudist.h"

#include "lib/field.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/task_histogram.bpf.h"

const volatile struct cpudist_config config;

/* When the running task got its CPU; 0: before it was traced. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} turns SEC(".maps");

/* When a thread left its CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, __u64);
} departures SEC(".maps");

static __noinline int count_time(struct task_struct *task, __u64 nanoseconds)
{
	return histogram_add_task(task, config.per, config.trace.pid_namespace,
				  nanoseconds / (config.milliseconds ? 1000000 : 1000));
}

static __always_inline bool task_is_wanted(struct task_struct *task, const bool typed)
{
	/* An idle task is the one of its CPU, with the number 0. */
	return (FIELD(task, pid) || config.include_idle) &&
	       task_passes(&config.trace.filter, task, typed);
}

static __always_inline int measure_turns(struct task_struct *prev, const bool typed)
{
	__u32 zero = 0;
	__u64 *began = bpf_map_lookup_elem(&turns, &zero), now = bpf_ktime_get_ns(), start;

	if (!began)
		return 0;
	start = *began;
	*began = now;
	if (!start || !task_is_wanted(prev, typed))
		return 0;
	return count_time(prev, now - start);
}

static __always_inline int measure_absences(struct task_struct *prev, struct task_struct *next,
					    const bool typed)
{
	__u64 now = bpf_ktime_get_ns(), *left, start;
	__u32 tid;

	if (task_is_wanted(prev, typed)) {
		tid = FIELD(prev, pid);
		if (tid && bpf_map_update_elem(&departures, &tid, &now, BPF_ANY))
			LEDGER_ADD(map_full);
	}
	tid = FIELD(next, pid);
	left = bpf_map_lookup_elem(&departures, &tid);
	if (!left)
		return 0;
	start = *left;
	bpf_map_delete_elem(&departures, &tid);
	return count_time(next, now - start);
}

#define SWITCH_HOOK(KIND, TYPED)                                              \
	SEC(#KIND "/sched_switch")                                            \
	int BPF_PROG(KIND##_switch, bool preempted, struct task_struct *prev, \
		     struct task_struct *next)                                \
	{                                                                     \
		if (config.off_cpu)                                           \
			return measure_absences(prev, next, TYPED);           \
		return measure_turns(prev, TYPED);                            \
	}

SWITCH_HOOK(tp_btf, true)
SWITCH_HOOK(raw_tp, false)

char LICENSE[] SEC("license") = "GPL";
