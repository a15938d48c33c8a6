/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_BIOPATTERN_H
#define BPF_BIOPATTERN_H

#include "wire.h"
#include "disk.h"

struct biopattern_config {
	struct trace_config trace;
	struct disk_filter disk;
};
_Static_assert(sizeof(struct biopattern_config) == 112, "layout is shared with Swift");

struct biopattern_totals {
	__u64 requests[3]; /* by their pattern: unknown is the first of a disk */
	__u64 bytes;
};
_Static_assert(sizeof(struct biopattern_totals) == 32, "layout is shared with Swift");

#endif
