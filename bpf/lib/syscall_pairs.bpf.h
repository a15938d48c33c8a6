/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What syscall_exits.bpf.h has, and the entries of the same calls, for how long each
 * took: report_call() asks call_started() of call_starts.bpf.h. User space attaches a
 * pair of the programs (HookPlan.systemCallPairs).
 */
#ifndef LIB_SYSCALL_PAIRS_BPF_H
#define LIB_SYSCALL_PAIRS_BPF_H

#include <bpf/bpf_tracing.h>
#include "call_starts.bpf.h"
#include "filter.bpf.h"
#include "ledger.bpf.h"
#include "syscall_exits.bpf.h"

static __always_inline int note_call(long number)
{
	struct call_start start = { bpf_ktime_get_ns(), number };
	__u32 tid = bpf_get_current_pid_tgid();

	if (!current_passes(&config.trace.filter))
		return 0;
	if (bpf_map_update_elem(&call_starts, &tid, &start, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

SEC("tracepoint")
int call_enter(struct syscall_enter_context *context)
{
	return note_call(context->number);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(any_syscall_enter, struct pt_regs *regs, long number)
{
	return call_is_traced(number) && !syscall_is_compat() ? note_call(number) : 0;
}

SEC("raw_tp/sys_enter")
int BPF_PROG(any_syscall_enter_raw, struct pt_regs *regs, long number)
{
	return call_is_traced(number) && !syscall_is_compat() ? note_call(number) : 0;
}

#endif
