/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All system calls, whatever they are (HookPlan.everySystemCall). Before a program includes
 * this file, it defines
 *
 *   syscall_begins(number)        what is done at the entry
 *   syscall_ends(number, result)  what is done at the exit
 */
#ifndef LIB_EVERY_SYSCALL_BPF_H
#define LIB_EVERY_SYSCALL_BPF_H

#include <bpf/bpf_tracing.h>
#include "syscall.bpf.h"

SEC("tp_btf/sys_enter")
int BPF_PROG(tp_btf_enter, struct pt_regs *regs, long number)
{
	return syscall_begins(number);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(tp_btf_exit, struct pt_regs *regs, long result)
{
	return syscall_ends(SYSCALL_NUMBER(regs), result);
}

SEC("raw_tp/sys_enter")
int BPF_PROG(raw_tp_enter, struct pt_regs *regs, long number)
{
	return syscall_begins(number);
}

SEC("raw_tp/sys_exit")
int BPF_PROG(raw_tp_exit, struct pt_regs *regs, long result)
{
	struct pt_regs saved;

	if (bpf_probe_read_kernel(&saved, sizeof(saved), regs))
		return 0;
	return syscall_ends(SYSCALL_NUMBER(&saved), result);
}

#endif
