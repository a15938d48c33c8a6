/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_BITESIZE_H
#define BPF_BITESIZE_H

#include "wire.h"
#include "disk.h"

struct bitesize_config {
	struct trace_config trace;
	struct disk_filter disk;
};
_Static_assert(sizeof(struct bitesize_config) == 112, "layout is shared with Swift");

/* The name of the task that submitted a request. */
struct bitesize_key {
	char comm[COMM_SIZE];
	__u32 is_writeback;
	__u32 padding;
};
_Static_assert(sizeof(struct bitesize_key) == 24, "layout is shared with Swift");

#endif
