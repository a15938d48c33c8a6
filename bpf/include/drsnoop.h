/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_DRSNOOP_H
#define BPF_DRSNOOP_H

#include "wire.h"

struct drsnoop_config {
	struct trace_config trace;
	__u32 nodes; /* of memory, whose free pages are counted */
	__u32 padding;
};
_Static_assert(sizeof(struct drsnoop_config) == 104, "layout is shared with Swift");

/* Whose memory was short. */
#define RECLAIM_OF_ALL	 0
#define RECLAIM_OF_GROUP 1

struct drsnoop_event {
	struct event_header header; /* when it ended */
	__u64 latency_ns;
	__u64 pages; /* that were reclaimed */
	__u64 free_pages; /* when it began; 0: not known */
	__u32 order;
	__u32 scope; /* RECLAIM_OF_ALL or _OF_GROUP */
};
_Static_assert(sizeof(struct drsnoop_event) == 88, "layout is shared with Swift");

#endif
