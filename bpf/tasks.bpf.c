// SPDX-License-Identifier: GPL-2.0
/*
 * Lists the processes and those of their other threads that have used the CPUs, for any tool
 * that reads what they run.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "tasks.h"
#include "unwind_rows.h"
#include "lib/task.bpf.h"

const volatile struct tasks_config config;

/* include/linux/sched.h */
#define PF_KTHREAD 0x00200000

SEC("iter/task")
int list_tasks(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct listed_task listed = {};
	struct mm_struct *memory;

	/* The last call has none. */
	if (!task || task->flags & PF_KTHREAD)
		return 0;
	listed.runtime_ns = task->se.sum_exec_runtime;
	if (listed.runtime_ns < config.least_ns && task->pid != task->tgid)
		return 0;
	memory = task->mm;
	if (!memory)
		return 0;
	listed.image = unwind_image(KERNEL_READ(memory, start_code), KERNEL_READ(memory, end_code),
				    KERNEL_READ(memory, start_stack));
	listed.pid = task_pid(task, config.pid_namespace);
	__builtin_memcpy(listed.comm, task->comm, sizeof(listed.comm));
	bpf_seq_write(context->meta->seq, &listed, sizeof(listed));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
