/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_FILEGONE_H
#define BPF_FILEGONE_H

#include "names.h"

struct filegone_config {
	struct trace_config trace;
	__u32 full_path;
	__u32 padding;
};
_Static_assert(sizeof(struct filegone_config) == 104, "layout is shared with Swift");

#endif
