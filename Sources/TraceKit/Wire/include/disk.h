/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Disks by their number, as programs and user space share it. */
#ifndef WIRE_DISK_H
#define WIRE_DISK_H

#include "wire.h"

struct disk_number {
	__u32 major;
	__u32 minor; /* the first of the disk: its own and not a partition's */
};
_Static_assert(sizeof(struct disk_number) == 8, "layout is shared with Swift");

/* Which disk is traced. */
struct disk_filter {
	struct disk_number disk;
	__u32 enabled; /* 0: all disks */
	__u32 padding;
};
_Static_assert(sizeof(struct disk_filter) == 16, "layout is shared with Swift");

/* When a request began: when it was issued to its disk, queued, or asked for. */
#define BLOCK_FROM_ISSUE      0
#define BLOCK_FROM_QUEUEING   1
#define BLOCK_FROM_ALLOCATION 2

/* Where a request lies relative to the one issued to its disk before it. */
#define PATTERN_UNKNOWN	      0
#define PATTERN_SEQUENTIAL    1
#define PATTERN_RANDOM	      2

#endif
