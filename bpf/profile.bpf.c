// SPDX-License-Identifier: GPL-2.0
/* Where the CPUs spend their time, by samples of the stacks of what runs. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "profile.h"
#include "lib/filter.bpf.h"
#include "lib/stacks.bpf.h"

const volatile struct profile_config config;

SEC("perf_event")
int sample(void *context)
{
	struct stack_scratch *scratch;

	/* An idle task is the one of its CPU, with the number 0. */
	if (!config.include_idle && !(__u32)bpf_get_current_pid_tgid())
		return 0;
	if (!current_passes(&config.trace.filter))
		return 0;
	LEDGER_ADD(seen);
	scratch = stack_scratch_here();
	if (!scratch)
		return 0;
	__builtin_memset(&scratch->key.waker, 0, sizeof(scratch->key.waker));
	take_stacks(context, &config.stacks, config.trace.pid_namespace, &scratch->frames,
		    &scratch->key.side);
	count_stack(&scratch->key, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
