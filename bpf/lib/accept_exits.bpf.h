/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LIB_ACCEPT_EXITS_BPF_H
#define LIB_ACCEPT_EXITS_BPF_H

#include <bpf/bpf_tracing.h>
#include "syscall.bpf.h"

/* The programs that see what accept() and accept4() return, which they pass to RETURNS(result). */
#define ACCEPT_EXIT_HOOKS(RETURNS)                                             \
	SEC("tracepoint/syscalls/sys_exit_accept")                             \
	int accept_exit(struct syscall_exit_context *context)                  \
	{                                                                      \
		RETURNS(context->result);                                      \
		return 0;                                                      \
	}                                                                      \
                                                                               \
	SEC("tp_btf/sys_exit")                                                 \
	int BPF_PROG(any_syscall_exit, struct pt_regs *regs, long result)      \
	{                                                                      \
		long number = SYSCALL_NUMBER(regs);                            \
                                                                               \
		if ((number == SYSCALL_accept || number == SYSCALL_accept4) && \
		    !syscall_is_compat())                                      \
			RETURNS(result);                                       \
		return 0;                                                      \
	}

#endif
