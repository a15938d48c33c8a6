/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_READAHEAD_H
#define BPF_READAHEAD_H

#include "wire.h"

struct readahead_config {
	struct trace_config trace;
	__u32 page_shift; /* a page has 1 << page_shift bytes */
	__u32 padding;
};
_Static_assert(sizeof(struct readahead_config) == 104, "layout is shared with Swift");

/* What each CPU has counted since the start, in pages. */
struct readahead_counts {
	__u64 read_ahead;
	__u64 used;
	__u64 dropped; /* from the page cache without having been used */
};
_Static_assert(sizeof(struct readahead_counts) == 24, "layout is shared with Swift");

#endif
