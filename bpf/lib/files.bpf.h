/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LIB_FILES_BPF_H
#define LIB_FILES_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "kernel_read.bpf.h"

/* The file of a task's descriptor; NULL if there is none. */
static __always_inline struct file *file_of_descriptor(struct task_struct *task, int descriptor)
{
	struct fdtable *table;
	struct file **files;

	if (descriptor < 0)
		return NULL;
	table = KERNEL_READ(task, files, fdt);
	if ((__u32)descriptor >= KERNEL_READ(table, max_fds))
		return NULL;
	files = KERNEL_READ(table, fd);
	/* What stands there is a pointer, as in the head of a list. */
	return (void *)KERNEL_READ((struct hlist_head *)&files[descriptor], first);
}

#endif
