/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef WIRE_TASKS_H
#define WIRE_TASKS_H

#include <linux/types.h>

/* What bpf/tasks.bpf.c lists. */
struct tasks_config {
	/* What a thread that is not its process's first has run at least. */
	__u64 least_ns;
	/* Of the numbers that are listed; 0: the initial one. */
	__u32 pid_namespace;
	__u32 padding;
};
_Static_assert(sizeof(struct tasks_config) == 16, "layout is shared with Swift");

struct listed_task {
	__u64 runtime_ns;
	/* unwind_image() of its address space. */
	__u64 image;
	/* Of its process; 0: it has none in the namespace. */
	__u32 pid;
	char comm[16];
	__u32 padding;
};
_Static_assert(sizeof(struct listed_task) == 40, "layout is shared with Swift");

#endif
