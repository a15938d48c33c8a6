/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_CACHESTAT_H
#define BPF_CACHESTAT_H

#include "page_counts.h"

struct cachestat_config {
	struct trace_config trace;
	__u32 page_shift; /* a page has 1 << page_shift bytes */
	__u32 padding;
};
_Static_assert(sizeof(struct cachestat_config) == 104, "layout is shared with Swift");

#endif
