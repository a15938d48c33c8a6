/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_MDFLUSH_H
#define BPF_MDFLUSH_H

#include "disk.h"

struct mdflush_config {
	struct trace_config trace;
	struct disk_filter disk; /* enabled: this one, of whatever driver */
	__u32 all; /* the disks of all drivers */
	__u32 majors[2]; /* of md: arrays, and those that were made for partitions; 0: none */
	__u32 padding;
};
_Static_assert(sizeof(struct mdflush_config) == 128, "layout is shared with Swift");

struct mdflush_event {
	struct event_header header;
	struct disk_number disk;
	__u32 flags; /* bi_opf */
	__u32 is_writeback;
};
_Static_assert(sizeof(struct mdflush_event) == 72, "layout is shared with Swift");

#endif
