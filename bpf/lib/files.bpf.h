/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LIB_FILES_BPF_H
#define LIB_FILES_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/* The file of a task's descriptor; NULL if there is none. */
static __always_inline struct file *file_of_descriptor(struct task_struct *task, int descriptor)
{
	struct file **files, *file = NULL;
	struct fdtable *table;

	if (descriptor < 0)
		return NULL;
	table = BPF_CORE_READ(task, files, fdt);
	if ((__u32)descriptor >= BPF_CORE_READ(table, max_fds))
		return NULL;
	files = BPF_CORE_READ(table, fd);
	bpf_probe_read_kernel(&file, sizeof(file), &files[descriptor]);
	return file;
}

#endif
