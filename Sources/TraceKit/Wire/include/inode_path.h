/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef WIRE_INODE_PATH_H
#define WIRE_INODE_PATH_H

#include "wire.h"

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

#endif
