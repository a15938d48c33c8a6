/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_FSDIST_H
#define BPF_FSDIST_H

#include "file_operations.h"

struct fsdist_config {
	struct trace_config trace;
	struct filesystem_filter filesystems;
	__u32 milliseconds;
	__u32 padding;
};
_Static_assert(sizeof(struct fsdist_config) == 496, "layout is shared with Swift");

#endif
