/* SPDX-License-Identifier: GPL-2.0 */
/* Writing back of dirty pages, by whom the kernel has for that. */
#ifndef LIB_WRITE_BACK_BPF_H
#define LIB_WRITE_BACK_BPF_H

#include "block.bpf.h"
#include "compat.bpf.h"
#include "kernel_read.bpf.h"

/* linux/sched.h. */
#define PF_WQ_WORKER 0x00000020
#define PF_KTHREAD   0x00200000

/*
 * Does the running task write pages back that others have changed? The kernel's
 * flusher runs in a worker that then describes itself as "flush-" and the device; a
 * filesystem that hands the pages on to workers of its own keeps at least the flag.
 */
static __always_inline bool task_writes_back(struct task_struct *current, __u32 flags)
{
	const bool typed = current_task_is_typed();
	__u32 task_flags = FIELD(current, flags);
	struct worker *worker;
	char name[8] = {};

	if (!(task_flags & PF_KTHREAD) || (flags & REQ_OP_MASK) != REQ_OP_WRITE)
		return false;
	if (flags & REQ_BACKGROUND)
		return true;
	if (!(task_flags & PF_WQ_WORKER))
		return false;
	worker = KERNEL_READ(task_kthread(current), data);
	bpf_probe_read_kernel(name, sizeof(name) - 1, &worker->desc);
	return !__builtin_memcmp(name, "flush-", 6);
}

static __always_inline bool current_writes_back(__u32 flags)
{
	return task_writes_back(current_task(), flags);
}

#endif
