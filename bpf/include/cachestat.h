/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_CACHESTAT_H
#define BPF_CACHESTAT_H

#include "wire.h"

struct cachestat_config {
	struct trace_config trace;
	__u32 page_shift; /* a page has 1 << page_shift bytes */
	__u32 padding;
};
_Static_assert(sizeof(struct cachestat_config) == 104, "layout is shared with Swift");

/* What each CPU has counted since the start, in pages. */
struct page_counts {
	__u64 asked; /* of the page cache, by reads, faults and for metadata */
	__u64 brought; /* into the page cache, but for what writes bring */
	__u64 dirtied;
};
_Static_assert(sizeof(struct page_counts) == 24, "layout is shared with Swift");

#endif
