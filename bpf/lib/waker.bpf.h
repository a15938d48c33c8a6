/* SPDX-License-Identifier: GPL-2.0 */
/* Who wakes a task: the running one, or an interrupt. */
#ifndef LIB_WAKER_BPF_H
#define LIB_WAKER_BPF_H

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "compat.bpf.h"
#include "kernel_read.bpf.h"
#include "stacks.bpf.h"
#include "task_registers.bpf.h"

/*
 * Whether the kernel was entered from user space by something else than a system call. x86
 * handles that, be it an interrupt or an exception, on the task's own stack.
 */
static __always_inline bool user_was_interrupted(struct pt_regs *registers)
{
#ifdef __TARGET_ARCH_x86
	long call = 0;

	bpf_probe_read_kernel(&call, sizeof(call), &registers->orig_ax);
	return call == -1;
#else
	return false;
#endif
}

/*
 * Whether a program at a tracepoint can be in an interrupt. Its context is on the stack that
 * is in use: interrupts have others than tasks have, except as above. So have softirqs that a
 * task runs itself. By the names of the frames the reader decides. The idle task is there for
 * interrupts only.
 */
static __always_inline bool may_be_interrupt(void *context)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u64 here = (__u64)context, bottom = (__u64)KERNEL_READ(task, stack);
	struct pt_regs *registers = task_registers(bottom);

	if (!(__u32)bpf_get_current_pid_tgid())
		return true;
	if (here < bottom || here >= bottom + TASK_STACK_SIZE_MAX)
		return true;
	if (tells_task_registers() && here >= (__u64)registers)
		return true;
	return user_was_interrupted(registers);
}

/* Describes what may be an interrupt by its stack, and the task that runs there. */
static __noinline void take_maybe_interrupt(void *context,
					    const volatile struct stack_config *config,
					    __u32 namespace, struct stack_frames *scratch,
					    struct stack_side *side)
{
	describe_current(config, namespace, side);
	if (config->kernel)
		side->kernel = take_stack(context, config, scratch, 0);
	side->user = STACK_OF_INTERRUPT;
}

static __always_inline void take_waker(void *context, const volatile struct stack_config *config,
				       __u32 namespace, struct stack_frames *scratch,
				       struct stack_side *side)
{
	if (may_be_interrupt(context))
		take_maybe_interrupt(context, config, namespace, scratch, side);
	else
		take_stacks(context, config, namespace, scratch, side);
}

#endif
