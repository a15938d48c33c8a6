/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_BIOLATPCTS_H
#define BPF_BIOLATPCTS_H

#include "wire.h"
#include "disk.h"

/* What is told apart. */
#define BIOLATPCTS_READ	   0
#define BIOLATPCTS_WRITE   1
#define BIOLATPCTS_DISCARD 2
#define BIOLATPCTS_FLUSH   3
#define BIOLATPCTS_KINDS   4

struct biolatpcts_config {
	struct trace_config trace;
	struct disk_filter disk;
	__u32 from; /* BLOCK_FROM_... */
	__u32 padding;
};
_Static_assert(sizeof(struct biolatpcts_config) == 120, "layout is shared with Swift");

#endif
