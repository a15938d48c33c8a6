/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The exits of a list of system calls. Before a program includes this file, it
 * declares config and defines:
 *
 *   TRACED_CALLS(CALL)   the list: CALL(open) CALL(openat)
 *   is_wanted(result)    asked before all else, since most calls are not of the task
 *                        that is traced
 *   report_call(number, registers, result)
 *
 * User space attaches call_exit to the classic tracepoint of each call, or one of
 * the other programs to all exits (HookPlan.systemCallExits).
 */
#ifndef LIB_SYSCALL_EXITS_BPF_H
#define LIB_SYSCALL_EXITS_BPF_H

#include <bpf/bpf_tracing.h>
#include "syscall.bpf.h"

static __always_inline bool call_is_traced(long number)
{
	switch (number) {
#define CASE(NAME) case SYSCALL_##NAME:
		TRACED_CALLS(CASE)
#undef CASE
		return true;
	}
	return false;
}

/*
 * The number of the call, read anew, so that the verifier does not know it as the one that
 * was compared before. On 5.10 and 6.1 it takes two paths with different numbers for the same
 * after a call of a function between, and removes what only the second of them comes to.
 */
static __always_inline long number_again(const volatile struct pt_regs *regs)
{
	return SYSCALL_NUMBER(regs);
}

SEC("tracepoint")
int call_exit(struct syscall_exit_context *context)
{
	struct pt_regs *regs;

	if (!is_wanted(context->result))
		return 0;
	regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	return report_call(context->number, regs, context->result);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(any_syscall_exit, struct pt_regs *regs, long result)
{
	long number = SYSCALL_NUMBER(regs);

	if (!call_is_traced(number) || !is_wanted(result) || syscall_is_compat())
		return 0;
	return report_call(number_again(regs), regs, result);
}

/* For a kernel whose types are in a file only, to which nothing attaches by type. */
SEC("raw_tp/sys_exit")
int BPF_PROG(any_syscall_exit_raw, struct pt_regs *regs, long result)
{
	struct pt_regs saved;

	if (bpf_probe_read_kernel(&saved, sizeof(saved), regs) ||
	    !call_is_traced(SYSCALL_NUMBER(&saved)) || !is_wanted(result) || syscall_is_compat())
		return 0;
	return report_call(number_again(&saved), &saved, result);
}

#endif
