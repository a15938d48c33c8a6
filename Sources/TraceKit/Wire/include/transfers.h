/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What is read from files and written to them, and in which directories. */
#ifndef WIRE_TRANSFERS_H
#define WIRE_TRANSFERS_H

#include "wire.h"

/*
 * Directories that the programs know by their place in the kernel's memory, since several
 * directories of a file system can have the same number, as subvolumes of btrfs do. User
 * space tells which they are by a call that fails: a pread64() of each, where offset is the
 * secret and count the directory's own number.
 */
struct directory_filter {
	__u64 secret;
	__u32 enabled; /* 0: files of all directories */
	__u32 padding;
};
_Static_assert(sizeof(struct directory_filter) == 16, "layout is shared with Swift");

#define DIRECTORY_LIMIT 1024

struct transfer_totals {
	__u64 reads;
	__u64 writes;
	__u64 read_bytes;
	__u64 write_bytes;
};
_Static_assert(sizeof(struct transfer_totals) == 32, "layout is shared with Swift");

#endif
