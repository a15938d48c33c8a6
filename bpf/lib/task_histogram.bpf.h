/* SPDX-License-Identifier: GPL-2.0 */
/* Distributions of what tasks do: of all, or of each process, thread or namespace. */
#ifndef LIB_TASK_HISTOGRAM_BPF_H
#define LIB_TASK_HISTOGRAM_BPF_H

#define HISTOGRAM_KEY __u32

#include "compat.bpf.h"
#include "histogram.bpf.h"
#include "task.bpf.h"

/* Counts a value for a task, whose name the key gets. Where it is used, per is a constant. */
static __always_inline int histogram_add_task(struct task_struct *task, __u32 per,
					      __u32 pid_namespace, __u64 value)
{
	struct histogram *histogram;
	__u32 key;

	switch (per) {
	case HISTOGRAM_PER_PROCESS:
		key = task_pid(task, pid_namespace);
		break;
	case HISTOGRAM_PER_THREAD:
		key = task_tid(task, pid_namespace);
		break;
	case HISTOGRAM_PER_NAMESPACE:
		key = task_pid_namespace(task);
		break;
	default:
		histogram_add(value);
		return 0;
	}
	histogram = histogram_add_keyed(&key, value);
	if (histogram && !histogram->label[0])
		BPF_CORE_READ_STR_INTO(&histogram->label, task, comm);
	return 0;
}

#endif
