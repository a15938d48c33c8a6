/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The numbers of tasks. A namespace of 0 is the initial one, whose numbers are
 * the kernel's own; in any other a task has the number that is seen there, or 0
 * where it has none. The namespace is a constant for the verifier, so the kernel's
 * own numbers cost no more for it.
 */
#ifndef LIB_TASK_BPF_H
#define LIB_TASK_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "kernel_read.bpf.h"

/* include/linux/pid_namespace.h: how deep namespaces can be nested. */
#define MAX_PID_NS_LEVEL 32

/* include/linux/sched.h: the task will never run again. */
#define TASK_DEAD	 0x80

/* The number of a task, or of its process, in a namespace below the initial one. */
static __noinline __u32 task_number(struct task_struct *task, bool of_process, __u32 namespace)
{
	struct pid *pid;
	__u32 depth;

	if (of_process)
		task = KERNEL_READ(task, group_leader);
	pid = KERNEL_READ(task, thread_pid);
	depth = KERNEL_READ(pid, level);

	for (__u32 level = 1; level <= MAX_PID_NS_LEVEL; level++) {
		struct pid_namespace *here = NULL;
		__u32 number = 0;

		if (level > depth)
			break;
		bpf_probe_read_kernel(&here, sizeof(here), &pid->numbers[level].ns);
		if (KERNEL_READ(here, ns.inum) != namespace)
			continue;
		bpf_probe_read_kernel(&number, sizeof(number), &pid->numbers[level].nr);
		return number;
	}
	return 0;
}

/* The number of a task's process. */
static __always_inline __u32 task_pid(struct task_struct *task, __u32 namespace)
{
	if (!namespace)
		return KERNEL_READ(task, tgid);
	return task_number(task, true, namespace);
}

/* The number of the thread itself. */
static __always_inline __u32 task_tid(struct task_struct *task, __u32 namespace)
{
	if (!namespace)
		return KERNEL_READ(task, pid);
	return task_number(task, false, namespace);
}

/* The number of the process whose child the task's process is. */
static __always_inline __u32 task_ppid(struct task_struct *task, __u32 namespace)
{
	return task_pid(KERNEL_READ(task, real_parent), namespace);
}

static __noinline __u64 current_numbers(__u32 namespace)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return (__u64)task_number(task, true, namespace) << 32 |
	       task_number(task, false, namespace);
}

/*
 * The numbers of the running task, that of the process in the upper half. The
 * kernel's own need no kernel types.
 */
static __always_inline __u64 current_ids(__u32 namespace)
{
	return namespace ? current_numbers(namespace) : bpf_get_current_pid_tgid();
}

#endif
