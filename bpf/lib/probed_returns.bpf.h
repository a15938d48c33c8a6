/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Return addresses in place of which the kernel has put that of its own code, to probe where
 * functions of programs return (kernel/events/uprobes.c). The task knows what they were.
 */
#ifndef LIB_PROBED_RETURNS_BPF_H
#define LIB_PROBED_RETURNS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "kernel_read.bpf.h"

/* MAX_URETPROBE_DEPTH */
#define PROBED_RETURNS	 64

/* That code begins a page. Few calls are the last of a page. */
#define PROBED_PAGE_MASK 4095

#ifdef __TARGET_ARCH_x86
#define PROBED_STACK(CFA) ((CFA) - sizeof(__u64))
#else
#define PROBED_STACK(CFA) (CFA)
#endif

/*
 * The return address of the function with this canonical frame address; 0 where it is not
 * probed. Not static: what a global function does the verifier follows once.
 */
__noinline __u64 probed_return(__u64 cfa)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct return_instance *instance;

	if (!bpf_core_field_exists(task->utask))
		return 0;
	instance = KERNEL_READ(task, utask, return_instances);
	for (int depth = 0; depth < PROBED_RETURNS && instance; depth++) {
		if (KERNEL_READ(instance, stack) == PROBED_STACK(cfa))
			return KERNEL_READ(instance, orig_ret_vaddr);
		instance = KERNEL_READ(instance, next);
	}
	return 0;
}

#endif
