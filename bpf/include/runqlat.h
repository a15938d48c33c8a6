/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_RUNQLAT_H
#define BPF_RUNQLAT_H

#include "histogram.h"

struct runqlat_config {
	struct trace_config trace;
	__u32 per; /* what a histogram is kept for */
	__u32 milliseconds;
};
_Static_assert(sizeof(struct runqlat_config) == 104, "layout is shared with Swift");

#endif
