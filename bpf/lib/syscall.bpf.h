/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A system call seen at its exit alone. The arguments still stand in the
 * registers that the call saved at entry: on x86-64 all six, on arm64 all but
 * the first, of which the kernel keeps a copy for restarting.
 */
#ifndef LIB_SYSCALL_BPF_H
#define LIB_SYSCALL_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#if defined(__TARGET_ARCH_x86)
#define SYSCALL_NUMBER(REGS) ((long)(REGS)->orig_ax)
#define SYSCALL_ARG1(REGS)   ((REGS)->di)
#define SYSCALL_ARG2(REGS)   ((REGS)->si)
#define SYSCALL_ARG3(REGS)   ((REGS)->dx)
#define SYSCALL_ARG4(REGS)   ((REGS)->r10)
#define SYSCALL_ARG5(REGS)   ((REGS)->r8)

#define SYSCALL_read	     0
#define SYSCALL_write	     1
#define SYSCALL_open	     2
#define SYSCALL_fstat	     5
#define SYSCALL_pread64	     17
#define SYSCALL_pwrite64     18
#define SYSCALL_readv	     19
#define SYSCALL_writev	     20
#define SYSCALL_connect	     42
#define SYSCALL_accept	     43
#define SYSCALL_clone	     56
#define SYSCALL_fork	     57
#define SYSCALL_vfork	     58
#define SYSCALL_execve	     59
#define SYSCALL_fsync	     74
#define SYSCALL_fdatasync    75
#define SYSCALL_creat	     85
#define SYSCALL_openat	     257
#define SYSCALL_newfstatat   262
#define SYSCALL_accept4	     288
#define SYSCALL_preadv	     295
#define SYSCALL_pwritev	     296
#define SYSCALL_execveat     322
#define SYSCALL_preadv2	     327
#define SYSCALL_pwritev2     328
#define SYSCALL_statx	     332
#define SYSCALL_clone3	     435
#define SYSCALL_openat2	     437
#elif defined(__TARGET_ARCH_arm64)
/* Not register 8, which an exec clears. */
#define SYSCALL_NUMBER(REGS) ((long)(REGS)->syscallno)
#define SYSCALL_ARG1(REGS)   ((REGS)->orig_x0)
#define SYSCALL_ARG2(REGS)   ((REGS)->regs[1])
#define SYSCALL_ARG3(REGS)   ((REGS)->regs[2])
#define SYSCALL_ARG4(REGS)   ((REGS)->regs[3])
#define SYSCALL_ARG5(REGS)   ((REGS)->regs[4])

/* arm64 does not have these; the numbers are no system call. */
#define SYSCALL_open	     (-2)
#define SYSCALL_creat	     (-3)
#define SYSCALL_fork	     (-4)
#define SYSCALL_vfork	     (-5)
#define SYSCALL_openat	     56
#define SYSCALL_read	     63
#define SYSCALL_write	     64
#define SYSCALL_readv	     65
#define SYSCALL_writev	     66
#define SYSCALL_pread64	     67
#define SYSCALL_pwrite64     68
#define SYSCALL_preadv	     69
#define SYSCALL_pwritev	     70
#define SYSCALL_newfstatat   79
#define SYSCALL_fstat	     80
#define SYSCALL_fsync	     82
#define SYSCALL_fdatasync    83
#define SYSCALL_accept	     202
#define SYSCALL_connect	     203
#define SYSCALL_accept4	     242
#define SYSCALL_clone	     220
#define SYSCALL_execve	     221
#define SYSCALL_execveat     281
#define SYSCALL_preadv2	     286
#define SYSCALL_pwritev2     287
#define SYSCALL_statx	     291
#define SYSCALL_clone3	     435
#define SYSCALL_openat2	     437
#endif

/*
 * Is the running task in a 32-bit system call, whose numbers mean others? The
 * classic tracepoints leave those out by themselves.
 */
static __always_inline bool syscall_is_compat(void)
{
#if defined(__TARGET_ARCH_x86)
	const __u32 ts_compat = 2;
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, thread_info.status) & ts_compat;
#else
	const unsigned long tif_32bit = 1 << 22;
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, thread_info.flags) & tif_32bit;
#endif
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

#endif
