/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_MEMLEAK_H
#define BPF_MEMLEAK_H

#include "outstanding.h"

struct memleak_config {
	struct trace_config trace;
	struct stack_config stacks;
	struct outstanding_config outstanding;
	__u32 reports_calls;
	__u32 page_size;
	__u32 cpus; /* that memory of each CPU is on */
	__u32 padding;
};
_Static_assert(sizeof(struct memleak_config) == 160, "layout is shared with Swift");

/* What happened to memory. */
#define MEMORY_ALLOCATED 0
#define MEMORY_FREED	 1

struct memleak_event {
	struct event_header header;
	__u64 address;
	__u64 size; /* 0 where that is not known */
	__u32 operation; /* MEMORY_ above */
	__u32 padding;
};
_Static_assert(sizeof(struct memleak_event) == 80, "layout is shared with Swift");

#endif
