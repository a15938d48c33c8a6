/* SPDX-License-Identifier: GPL-2.0 */
/* The registers with which the running task entered the kernel. */
#ifndef LIB_TASK_REGISTERS_BPF_H
#define LIB_TASK_REGISTERS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "compat.bpf.h"

/* Where the kernel does not say where a stack ends; with KASAN that of x86-64 is larger. */
#define TASK_STACK_SIZE	    (16 * 1024)
#define TASK_STACK_SIZE_MAX (32 * 1024)

/* vmlinux.h declares the first of them only. */
struct pt_regs___whole {
	unsigned long first;
};

/*
 * Where the running task's registers of user space are: at the end of its stack, which has
 * nothing of an interrupt above it.
 */
static __always_inline struct pt_regs *task_registers(__u64 bottom)
{
	__u64 size = sizeof(struct pt_regs);

	if (tells_task_registers())
		return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	if (bpf_core_type_exists(struct pt_regs___whole))
		size = bpf_core_type_size(struct pt_regs___whole);
	return (struct pt_regs *)(bottom + TASK_STACK_SIZE - size);
}

#endif
