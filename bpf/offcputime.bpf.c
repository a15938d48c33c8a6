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
	__u64 since;
	struct stack_key key;
};

/* By thread. An entry that is pushed out is a time not told, never a wrong one. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, __u32);
	__type(value, struct absence);
} absences SEC(".maps");

/* Too large for a program's own stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct absence);
} absence_scratch SEC(".maps");

/* One that is preempted could run, whatever it was about to wait for. */
static __always_inline bool leaver_passes(struct task_struct *prev, bool preempted,
					  const bool typed)
{
	__u64 state = preempted ? 0 : task_state(prev);

	if (state & TASK_DEAD)
		return false;
	if (config.by_state && (config.state ? !(state & config.state) : state))
		return false;
	if (config.user_threads && task_is_of_kernel(prev))
		return false;
	if (config.kernel_threads && !task_is_of_kernel(prev))
		return false;
	return task_passes(&config.trace.filter, prev, typed);
}

static __always_inline void leave(void *context, struct task_struct *prev, bool preempted,
				  const bool typed)
{
	__u32 tid = FIELD(prev, pid), zero = 0;
	struct stack_scratch *scratch = stack_scratch_here();
	struct absence *absence = bpf_map_lookup_elem(&absence_scratch, &zero);

	if (!tid || !scratch || !absence)
		return;
	if (!leaver_passes(prev, preempted, typed)) {
		bpf_map_delete_elem(&absences, &tid);
		return;
	}
	__builtin_memset(absence, 0, sizeof(*absence));
	take_stacks(context, &config.stacks, config.trace.pid_namespace, &scratch->frames,
		    &absence->key.side);
	absence->since = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&absences, &tid, absence, BPF_ANY))
		LEDGER_ADD(map_full);
}

static __always_inline void come_back(struct task_struct *next, const bool typed)
{
	__u32 tid = FIELD(next, pid);
	struct absence *absence;
	__u64 now, length;

	if (!tid)
		return;
	absence = bpf_map_lookup_elem(&absences, &tid);
	if (!absence)
		return;
	now = bpf_ktime_get_ns();
	length = now > absence->since ? now - absence->since : 0;
	if (length >= config.min_ns && length <= config.max_ns) {
		LEDGER_ADD(seen);
		count_stack(&absence->key, length);
	}
	bpf_map_delete_elem(&absences, &tid);
}

/* The task that runs wakes another, wherever that will run. */
static __always_inline void wake(void *context, struct task_struct *task, const bool typed)
{
	__u32 tid = FIELD(task, pid);
	struct absence *absence = bpf_map_lookup_elem(&absences, &tid);
	struct stack_scratch *scratch = stack_scratch_here();

	if (!absence || !scratch)
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
