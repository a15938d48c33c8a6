/* SPDX-License-Identifier: GPL-2.0 */
/* Whose the frames of a stack are, so that user space can name them. */
#ifndef LIB_STACK_OWNER_BPF_H
#define LIB_STACK_OWNER_BPF_H

#include "stacks.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "field.bpf.h"
#include "task.bpf.h"

/* include/linux/sched.h */
#define PF_KTHREAD 0x00200000

static __always_inline bool task_is_of_kernel(struct task_struct *task, const bool typed)
{
	return FIELD(task, flags) & PF_KTHREAD;
}

/* The namespace is that of the reader's proc. */
static __always_inline struct stack_owner task_stack_owner(struct task_struct *task,
							   __u32 namespace, const bool typed)
{
	struct task_struct *leader = FIELD(task, group_leader);
	struct stack_owner owner = {};

	owner.pid = namespace ? task_pid(task, namespace) : FIELD(task, tgid);
	owner.generation = FIELD(leader, start_time) + FIELD(task, self_exec_id);
	return owner;
}

#endif
