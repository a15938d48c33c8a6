/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_CACHETOP_H
#define BPF_CACHETOP_H

#include "page_counts.h"

struct cachetop_config {
	struct trace_config trace;
	__u32 page_shift; /* a page has 1 << page_shift bytes */
	__u32 padding;
};
_Static_assert(sizeof(struct cachetop_config) == 104, "layout is shared with Swift");

struct cachetop_key {
	char comm[COMM_SIZE];
	__u32 pid;
	__u32 uid;
};
_Static_assert(sizeof(struct cachetop_key) == 24, "layout is shared with Swift");

#endif
