// SPDX-License-Identifier: GPL-2.0
/* How long tasks sleep until they are woken, by the stacks of who wakes them. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "wakeuptime.h"
#include "lib/field.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/stacks.bpf.h"
#include "lib/waker.bpf.h"

const volatile struct wakeuptime_config config;

struct absence {
	__u64 since;
};

#include "lib/absence.bpf.h"

static __always_inline void switches(void *context, bool preempted, struct task_struct *prev,
				     struct task_struct *next, const bool typed)
{
	/* One that is preempted on its way to sleep does not sleep yet. */
	__u64 state = preempted ? 0 : task_state(prev);
	struct absence *absence = begin_absence(prev, state, state, typed);

	if (absence)
		absence->since = bpf_ktime_get_ns();
}

static __always_inline void wake(void *context, struct task_struct *task, const bool typed)
{
	struct absence *absence = absence_now(FIELD(task, pid));
	struct stack_scratch *scratch = stack_scratch_here();
	struct stack_key *key;
	__u64 length;

	if (!absence || !scratch || !end_absence(absence, &length))
		return;
	LEDGER_ADD(seen);
	key = &scratch->key;
	__builtin_memset(&key->side, 0, sizeof(key->side));
	key->side.pid = task_pid(task, config.trace.pid_namespace);
	BPF_CORE_READ_STR_INTO(&key->side.comm, task, comm);
	take_waker(context, &config.stacks, config.trace.pid_namespace, &scratch->frames,
		   &key->waker);
	count_stack(key, length);
}

SWITCH_AND_WAKING_HOOKS(tp_btf, true)
SWITCH_AND_WAKING_HOOKS(raw_tp, false)

char LICENSE[] SEC("license") = "GPL";
