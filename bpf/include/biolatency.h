/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_BIOLATENCY_H
#define BPF_BIOLATENCY_H

#include "wire.h"
#include "disk.h"

struct biolatency_config {
	struct trace_config trace;
	struct disk_filter disk;
	__u32 per_disk;
	__u32 per_flags;
	__u32 queued; /* from the queueing, not from the issue to the device: BLOCK_FROM_... */
	__u32 milliseconds;
};
_Static_assert(sizeof(struct biolatency_config) == 128, "layout is shared with Swift");

struct biolatency_key {
	struct disk_number disk;
	__u32 flags;
};
_Static_assert(sizeof(struct biolatency_key) == 12, "layout is shared with Swift");

#endif
