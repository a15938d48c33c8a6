/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_WRITESNOOP_H
#define BPF_WRITESNOOP_H

#include "wire.h"
#include "disk.h"

struct writesnoop_config {
	struct trace_config trace;
	struct disk_filter disk;
};
_Static_assert(sizeof(struct writesnoop_config) == 112, "layout is shared with Swift");

#define SUPER_NAME_SIZE 32

/* A power of two. */
#define INODE_PATH_SIZE 256

/* The path of a file in its file system, the innermost name first. */
struct inode_path {
	__u16 size; /* of all names; 0: none is known */
	__u16 cut; /* the root was not reached */
	__u32 padding;
	char names[INODE_PATH_SIZE]; /* each ended by a NUL */
};
_Static_assert(sizeof(struct inode_path) == 264, "layout is shared with Swift");

/* A file that a process dirties, or a disk that is written. */
struct writesnoop_key {
	char comm[COMM_SIZE]; /* of a disk: empty */
	__u64 inode; /* 0: of a disk */
	struct disk_number device; /* the file system's, or the disk itself */
	__u32 pid; /* of a disk: 0 */
	__u32 is_disk;
};
_Static_assert(sizeof(struct writesnoop_key) == 40, "layout is shared with Swift");

struct writesnoop_totals {
	__u64 events; /* folios that were dirtied, or bios that write */
	__u64 dirtied; /* pages */
	__u64 written; /* bytes; of a disk */
	__u64 flushed; /* of these by the kernel's write-back */
	struct disk_number disk; /* that the file is on; 0: not one disk alone */
	__u32 is_device; /* not a file, but a block device's own pages */
	__u32 uid;
	char device[SUPER_NAME_SIZE]; /* what the file system calls its device */
	struct inode_path path;
};
_Static_assert(sizeof(struct writesnoop_totals) == 344, "layout is shared with Swift");

#endif
