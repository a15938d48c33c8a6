/* SPDX-License-Identifier: GPL-2.0 */
/* Whose the frames of a stack are, so that user space can name them. */
#ifndef LIB_STACK_OWNER_BPF_H
#define LIB_STACK_OWNER_BPF_H

#include "stacks.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "task.bpf.h"

/* include/linux/sched.h */
#define PF_KTHREAD 0x00200000

static __always_inline bool task_is_of_kernel(struct task_struct *task)
{
	return BPF_CORE_READ(task, flags) & PF_KTHREAD;
}

/* The namespace is that of the reader's proc. */
static __always_inline struct stack_owner task_stack_owner(struct task_struct *task,
							   __u32 namespace)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct stack_owner owner = {};

	owner.pid = task_pid(task, namespace);
	owner.generation = BPF_CORE_READ(leader, start_time) + BPF_CORE_READ(task, self_exec_id);
	return owner;
}

#endif
