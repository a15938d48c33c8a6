/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LIB_RUN_QUEUE_BPF_H
#define LIB_RUN_QUEUE_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "compat.bpf.h"
#include "kernel_read.bpf.h"

/*
 * The tasks that could run on this CPU, with the one that does. A group's queue knows its
 * CPU's, also where the running task is not of the fair class.
 */
static __always_inline __u32 runnable_tasks(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct rq *queue = KERNEL_READ(task, se.cfs_rq, rq);
	__u32 all = KERNEL_READ(queue, nr_running), delayed = rq_delayed_tasks(queue);

	return all > delayed ? all - delayed : 0;
}

#endif
