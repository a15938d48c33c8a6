/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_PAGE_COUNTS_H
#define BPF_PAGE_COUNTS_H

#include "wire.h"

/* What was done with the page cache, in pages. */
struct page_counts {
	__u64 asked; /* by reads, faults and for metadata */
	__u64 brought; /* into it, but for what writes bring */
	__u64 dirtied;
	__u64 written_new; /* brought into it by writes */
};
_Static_assert(sizeof(struct page_counts) == 32, "layout is shared with Swift");

#endif
