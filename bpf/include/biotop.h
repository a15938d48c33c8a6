/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_BIOTOP_H
#define BPF_BIOTOP_H

#include "wire.h"
#include "disk.h"

struct biotop_config {
	struct trace_config trace;
	struct disk_filter disk;
};
_Static_assert(sizeof(struct biotop_config) == 112, "layout is shared with Swift");

struct biotop_key {
	struct disk_number disk;
	__u32 pid;
	__u32 operation; /* the low bits of cmd_flags */
	__u32 is_writeback;
	char comm[COMM_SIZE];
};
_Static_assert(sizeof(struct biotop_key) == 36, "layout is shared with Swift");

struct biotop_totals {
	__u64 requests;
	__u64 bytes;
	__u64 latency_ns;
};
_Static_assert(sizeof(struct biotop_totals) == 24, "layout is shared with Swift");

#endif
