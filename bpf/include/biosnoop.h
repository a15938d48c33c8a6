/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_BIOSNOOP_H
#define BPF_BIOSNOOP_H

#include "wire.h"
#include "disk.h"

struct biosnoop_config {
	struct trace_config trace;
	struct disk_filter disk;
	__u64 min_ns; /* show requests that took at least this long */
	__u32 pattern; /* find out how each lies to the one before */
	__u32 padding;
};
_Static_assert(sizeof(struct biosnoop_config) == 128, "layout is shared with Swift");

struct biosnoop_event {
	struct event_header header; /* its time is that of the completion */
	__u64 queue_ns;
	__u64 latency_ns;
	__u64 sector;
	struct disk_number disk;
	__u32 bytes;
	__u32 flags; /* cmd_flags of the request */
	__u32 is_writeback;
	__u32 pattern;
};
_Static_assert(sizeof(struct biosnoop_event) == 104, "layout is shared with Swift");

#endif
