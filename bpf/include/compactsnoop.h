/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_COMPACTSNOOP_H
#define BPF_COMPACTSNOOP_H

#include "stacks.h"
#include "wire.h"

struct compactsnoop_config {
	struct trace_config trace;
	struct stack_config stacks;
};
_Static_assert(sizeof(struct compactsnoop_config) == 120, "layout is shared with Swift");

/* No index was made. */
#define NOT_FRAGMENTED (-1000000)

/* A zone of memory when it is about to be compacted. */
struct compacted_zone {
	char name[16]; /* empty: not known, nor is anything else */
	__u64 min_pages;
	__u64 low_pages;
	__u64 high_pages;
	__u64 free_pages;
	__s32 order; /* of the block that is wanted; -1: none, all is compacted */
	__s32 fragmentation; /* in thousandths, or NOT_FRAGMENTED */
	__u32 node;
	__u32 padding;
};
_Static_assert(sizeof(struct compacted_zone) == 64, "layout is shared with Swift");

struct compactsnoop_event {
	struct event_header header; /* when it ended */
	__u64 latency_ns;
	struct compacted_zone zone;
	__u32 is_sync;
	__u32 result; /* enum compact_result */
	struct event_stacks stacks;
};
_Static_assert(sizeof(struct compactsnoop_event) == 160, "layout is shared with Swift");

#endif
