/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LIB_FILES_BPF_H
#define LIB_FILES_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/* The file behind a descriptor of a task; NULL where there is none. */
static __always_inline struct file *file_of_descriptor(struct task_struct *task, int descriptor)
{
	struct file **files, *file = NULL;

	if (descriptor < 0 || (__u32)descriptor >= BPF_CORE_READ(task, files, fdt, max_fds))
		return NULL;
	files = BPF_CORE_READ(task, files, fdt, fd);
	bpf_probe_read_kernel(&file, sizeof(file), &files[descriptor]);
	return file;
}

#endif
