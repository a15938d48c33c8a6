/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_DCSTAT_H
#define BPF_DCSTAT_H

#include "wire.h"

struct dcstat_config {
	struct trace_config trace;
};
_Static_assert(sizeof(struct dcstat_config) == 96, "layout is shared with Swift");

/* Names that were looked up. */
struct lookup_counts {
	__u64 references;
	__u64 slow; /* of these, not found at once */
	__u64 misses; /* of these, not in the cache */
};
_Static_assert(sizeof(struct lookup_counts) == 24, "layout is shared with Swift");

#endif
