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
#include "lib/waker.bpf.h"

const volatile struct offcputime_config config;

struct absence {
	__u64 since;
	struct stack_key key;
};

#include "lib/absence.bpf.h"

static __always_inline bool state_passes(__u64 state)
{
	if (!config.by_state)
		return true;
	return config.state ? state & config.state : !state;
}

static __always_inline void leave(void *context, struct task_struct *prev, bool preempted,
				  const bool typed)
{
	/* One that is preempted could run, whatever it was about to wait for. */
	__u64 state = preempted ? 0 : task_state(prev);
	struct stack_scratch *scratch = stack_scratch_here();
	struct absence *absence;

	if (!scratch)
		return;
	absence = begin_absence(prev, state, state_passes(state), typed);
	if (!absence)
		return;
	__builtin_memset(&absence->key.waker, 0, sizeof(absence->key.waker));
	take_stacks(context, &config.stacks, config.trace.pid_namespace, &scratch->frames,
		    &absence->key.side);
	absence->since = bpf_ktime_get_ns();
}

static __always_inline void come_back(struct task_struct *next, const bool typed)
{
	struct absence *absence = absence_now(FIELD(next, pid));
	__u64 length;

	if (!absence || !end_absence(absence, &length))
		return;
	LEDGER_ADD(seen);
	count_stack(&absence->key, length);
}

/* The task that runs wakes another, wherever that will run. */
static __always_inline void wake(void *context, struct task_struct *task, const bool typed)
{
	struct absence *absence = absence_now(FIELD(task, pid));
	struct stack_scratch *scratch = stack_scratch_here();

	if (!absence || !scratch)
		return;
	take_waker(context, &config.stacks, config.trace.pid_namespace, &scratch->frames,
		   &absence->key.waker);
}

static __always_inline void switches(void *context, bool preempted, struct task_struct *prev,
				     struct task_struct *next, const bool typed)
{
	leave(context, prev, preempted, typed);
	come_back(next, typed);
}

SWITCH_AND_WAKING_HOOKS(tp_btf, true)
SWITCH_AND_WAKING_HOOKS(raw_tp, false)

char LICENSE[] SEC("license") = "GPL";
