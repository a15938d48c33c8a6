/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_BIOSTACKS_H
#define BPF_BIOSTACKS_H

#include "disk.h"
#include "stacks.h"

struct biostacks_config {
	struct trace_config trace;
	struct disk_filter disk;
	struct stack_config stacks;
	__u32 milliseconds;
	__u32 padding;
};
_Static_assert(sizeof(struct biostacks_config) == 144, "layout is shared with Swift");

struct biostacks_key {
	__u64 stack; /* the kernel's */
	struct disk_number disk;
	__u32 pid; /* 0 of those that write pages back, as the name */
	__u32 is_writeback;
	char comm[COMM_SIZE];
};
_Static_assert(sizeof(struct biostacks_key) == 40, "layout is shared with Swift");

#endif
