/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* How often something ran on a CPU, and for how long. */
#ifndef WIRE_SPANS_H
#define WIRE_SPANS_H

#include "wire.h"

struct span_config {
	__u32 one_cpu; /* only what runs on this one is measured */
	__u32 cpu;
	__u32 per_cpu; /* a histogram for each CPU */
	__u32 distribution; /* keep histograms instead of totals */
	__u32 divisor; /* of nanoseconds, of what is in the histograms */
	__u32 padding;
};
_Static_assert(sizeof(struct span_config) == 24, "layout is shared with Swift");

struct span_totals {
	__u64 count;
	__u64 total_ns;
	__u64 max_ns;
};
_Static_assert(sizeof(struct span_totals) == 24, "layout is shared with Swift");

#endif
