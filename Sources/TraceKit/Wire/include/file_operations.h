/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What is done with files, and on which file systems. */
#ifndef WIRE_FILE_OPERATIONS_H
#define WIRE_FILE_OPERATIONS_H

#include "wire.h"

enum file_operation {
	FILE_READ,
	FILE_WRITE,
	FILE_OPEN,
	FILE_FSYNC,
	FILE_GETATTR,
};

#define FILESYSTEM_NAMES     24
#define FILESYSTEM_NAME_SIZE 16

/* The file systems that are traced, by their drivers' names, filled up with NULs. */
struct filesystem_filter {
	__u32 count;
	__u32 padding;
	char names[FILESYSTEM_NAMES * FILESYSTEM_NAME_SIZE];
};
_Static_assert(sizeof(struct filesystem_filter) == 392, "layout is shared with Swift");

#endif
