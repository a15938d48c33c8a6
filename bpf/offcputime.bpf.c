// SPDX-License-Identifier: GPL-2.0
/*
 * How long tasks are off the CPUs, by the stacks with which they left, and on request
 * by those of who woke them.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "offcputime.h"
#include "lib/field.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/stacks.bpf.h"

/* include/linux/sched.h: the task will never run again. */
#define TASK_DEAD 0x80

const volatile struct offcputime_config config;

struct absence {
	__u64 since; /* 0: it is on a CPU, or is not wanted */
	struct stack_key key;
};

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

/* One that is preempted could run, whatever it was about to wait for. */
static __always_inline bool leaver_passes(struct task_struct *prev, __u64 state, const bool typed)
{
	if (config.by_state && (config.state ? !(state & config.state) : state))
		return false;
	if (config.user_threads && task_is_of_kernel(prev, typed))
		return false;
	if (config.kernel_threads && !task_is_of_kernel(prev, typed))
		return false;
	return task_passes(&config.trace.filter, prev, typed);
}

static __always_inline void leave(void *context, struct task_struct *prev, bool preempted,
				  const bool typed)
{
	__u64 state = preempted ? 0 : task_state(prev);
	struct stack_scratch *scratch = stack_scratch_here();
	struct absence *absence;
	__u32 tid = FIELD(prev, pid);

	if (!tid || !scratch)
		return;
	if (state & TASK_DEAD) {
		bpf_map_delete_elem(&absences, &tid);
		return;
	}
	if (!leaver_passes(prev, state, typed)) {
		absence = bpf_map_lookup_elem(&absences, &tid);
		if (absence)
			absence->since = 0;
		return;
	}
	absence = absence_of(tid);
	if (!absence)
		return;
	__builtin_memset(&absence->key.waker, 0, sizeof(absence->key.waker));
	take_stacks(context, &config.stacks, config.trace.pid_namespace, &scratch->frames,
		    &absence->key.side);
	absence->since = bpf_ktime_get_ns();
}

static __always_inline void come_back(struct task_struct *next, const bool typed)
{
	__u32 tid = FIELD(next, pid);
	struct absence *absence;
	__u64 now, length;

	if (!tid)
		return;
	absence = bpf_map_lookup_elem(&absences, &tid);
	if (!absence || !absence->since)
		return;
	now = bpf_ktime_get_ns();
	length = now > absence->since ? now - absence->since : 0;
	if (length >= config.min_ns && length <= config.max_ns) {
		LEDGER_ADD(seen);
		count_stack(&absence->key, length);
	}
	absence->since = 0;
}

/* The task that runs wakes another, wherever that will run. */
static __always_inline void wake(void *context, struct task_struct *task, const bool typed)
{
	__u32 tid = FIELD(task, pid);
	struct absence *absence = bpf_map_lookup_elem(&absences, &tid);
	struct stack_scratch *scratch = stack_scratch_here();

	if (!absence || !absence->since || !scratch)
		return;
	take_stacks(context, &config.stacks, config.trace.pid_namespace, &scratch->frames,
		    &absence->key.waker);
}

#define SWITCH_HOOKS(KIND, TYPED)                                             \
	SEC(#KIND "/sched_switch")                                            \
	int BPF_PROG(KIND##_switch, bool preempted, struct task_struct *prev, \
		     struct task_struct *next)                                \
	{                                                                     \
		leave(ctx, prev, preempted, TYPED);                           \
		come_back(next, TYPED);                                       \
		return 0;                                                     \
	}                                                                     \
                                                                              \
	SEC(#KIND "/sched_waking")                                            \
	int BPF_PROG(KIND##_waking, struct task_struct *task)                 \
	{                                                                     \
		wake(ctx, task, TYPED);                                       \
		return 0;                                                     \
	}

SWITCH_HOOKS(tp_btf, true)
SWITCH_HOOKS(raw_tp, false)

char LICENSE[] SEC("license") = "GPL";
