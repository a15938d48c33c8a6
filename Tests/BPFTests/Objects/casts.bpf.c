// SPDX-License-Identifier: GPL-2.0
/* Fields of the kernel's objects, in place where the kernel allows it. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "lib/kernel_read.bpf.h"

__u32 is_in_place = 2;
__u32 of_nothing = 1;

SEC("raw_tp/sys_enter")
int process_here(void *context)
{
	struct task_struct *task = (void *)bpf_get_current_task(), *none = NULL;

	is_in_place = kernel_casts(KERNEL_TYPE_OF(task));
	of_nothing = KERNEL_READ(none, cred, uid.val);
	return KERNEL_READ(task, tgid);
}

char LICENSE[] SEC("license") = "GPL";
