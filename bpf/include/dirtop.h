/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_DIRTOP_H
#define BPF_DIRTOP_H

#include "transfers.h"

struct dirtop_config {
	struct trace_config trace;
	struct directory_filter directories;
};
_Static_assert(sizeof(struct dirtop_config) == 112, "layout is shared with Swift");

/* One of the directories that were asked for. */
struct dirtop_key {
	__u32 directory;
};
_Static_assert(sizeof(struct dirtop_key) == 4, "layout is shared with Swift");

#endif
