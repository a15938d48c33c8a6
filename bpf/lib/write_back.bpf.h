/* SPDX-License-Identifier: GPL-2.0 */
/* Writing back of dirty pages, by whom the kernel has for that. */
#ifndef LIB_WRITE_BACK_BPF_H
#define LIB_WRITE_BACK_BPF_H

#include "block.bpf.h"
#include "compat.bpf.h"

/* linux/sched.h. */
#define PF_WQ_WORKER 0x00000020
#define PF_KTHREAD   0x00200000

/*
 * Does the running task write pages back that others have changed? The kernel's
 * flusher runs in a worker that then describes itself as "flush-" and the device; a
 * filesystem that hands the pages on to workers of its own keeps at least the flag.
 */
static __always_inline bool current_writes_back(__u32 flags)
{
	struct task_struct *task;
	struct worker *worker;
	char name[8] = {};
	__u32 task_flags;

	if (current_task_is_typed()) {
		task_flags = bpf_get_current_task_btf()->flags;
	} else {
		task = (void *)bpf_get_current_task();
		task_flags = BPF_CORE_READ(task, flags);
	}
	if (!(task_flags & PF_KTHREAD) || (flags & REQ_OP_MASK) != REQ_OP_WRITE)
		return false;
	if (flags & REQ_BACKGROUND)
		return true;
	if (!(task_flags & PF_WQ_WORKER))
		return false;
	task = (void *)bpf_get_current_task();
	worker = BPF_CORE_READ(task_kthread(task), data);
	bpf_probe_read_kernel(name, sizeof(name) - 1, &worker->desc);
	return !__builtin_memcmp(name, "flush-", 6);
}

#endif
