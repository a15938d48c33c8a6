/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_FILETOP_H
#define BPF_FILETOP_H

#include "transfers.h"

struct filetop_config {
	struct trace_config trace;
	struct directory_filter directories;
	__u32 all_types; /* 0: regular files only */
	__u32 directions; /* TRANSFER_READ, TRANSFER_WRITTEN or both */
};
_Static_assert(sizeof(struct filetop_config) == 120, "layout is shared with Swift");

#define TRANSFER_READ	 1
#define TRANSFER_WRITTEN 2

/* A thread and a file, which is the same for as long as all of it is. */
struct filetop_key {
	__u64 address; /* of the inode: its number can be that of another subvolume's too */
	__u64 inode;
	__u32 device; /* as the kernel has it: the minor number in the lower 20 bits */
	__u32 generation;
	__u32 pid;
	__u32 tid;
	__u32 type; /* the upper bits of st_mode */
	__u32 padding;
};
_Static_assert(sizeof(struct filetop_key) == 40, "layout is shared with Swift");

struct filetop_totals {
	struct transfer_totals moved;
	char comm[COMM_SIZE];
	char name[256]; /* of the file, without its directories */
};
_Static_assert(sizeof(struct filetop_totals) == 304, "layout is shared with Swift");

#endif
