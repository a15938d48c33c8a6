/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A system call seen at its exit alone. The arguments are still in the
 * registers that the call saved at entry: on x86-64 all six, on arm64 all but
 * the first, of which the kernel keeps a copy for restarting.
 */
#ifndef LIB_SYSCALL_BPF_H
#define LIB_SYSCALL_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "compat.bpf.h"
#include "system_call_numbers.h"

#if defined(__TARGET_ARCH_x86)
#define SYSCALL_NUMBER(REGS) ((long)(REGS)->orig_ax)
#define SYSCALL_ARG1(REGS)   ((REGS)->di)
#define SYSCALL_ARG2(REGS)   ((REGS)->si)
#define SYSCALL_ARG3(REGS)   ((REGS)->dx)
#define SYSCALL_ARG4(REGS)   ((REGS)->r10)
#define SYSCALL_ARG5(REGS)   ((REGS)->r8)
#elif defined(__TARGET_ARCH_arm64)
/* Not register 8, which an exec clears. */
#define SYSCALL_NUMBER(REGS) ((long)(REGS)->syscallno)
#define SYSCALL_ARG1(REGS)   ((REGS)->orig_x0)
#define SYSCALL_ARG2(REGS)   ((REGS)->regs[1])
#define SYSCALL_ARG3(REGS)   ((REGS)->regs[2])
#define SYSCALL_ARG4(REGS)   ((REGS)->regs[3])
#define SYSCALL_ARG5(REGS)   ((REGS)->regs[4])
#endif

/*
 * Is the running task in a 32-bit system call, whose numbers mean others? The
 * classic tracepoints leave those out by themselves.
 */
static __always_inline bool task_call_is_compat(struct task_struct *current)
{
#if defined(__TARGET_ARCH_x86)
#define COMPAT_FIELD status
	const __u32 compat = 2; /* TS_COMPAT */
#else
#define COMPAT_FIELD flags
	const unsigned long compat = 1 << 22; /* TIF_32BIT */
#endif
	const bool typed = current_task_is_typed();

	return FIELD(current, thread_info.COMPAT_FIELD) & compat;
}

static __always_inline bool syscall_is_compat(void)
{
	return task_call_is_compat(current_task());
}

/* Does a call of this number make a task? 32-bit x86 and arm agree on theirs. */
static __always_inline bool syscall_makes_task(long number, bool compat)
{
	if (compat)
		return number == 2 || number == 120 || number == 190 || number == 435;
	return number == SYSCALL_clone || number == SYSCALL_fork || number == SYSCALL_vfork ||
	       number == SYSCALL_clone3;
}

/* What a classic tracepoint sys_exit_NAME passes (its format file). */
struct syscall_exit_context {
	__u64 common;
	int number; /* and four bytes that nobody writes */
	long result;
};

/* The same of sys_enter_NAME. */
struct syscall_enter_context {
	__u64 common;
	int number;
	__u64 arguments[6];
};

#endif
