/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_CPUDIST_H
#define BPF_CPUDIST_H

#include "histogram.h"

struct cpudist_config {
	struct trace_config trace;
	__u32 per; /* what a histogram is kept for */
	__u32 milliseconds;
	__u32 off_cpu; /* measure the time between two turns */
	__u32 include_idle;
};
_Static_assert(sizeof(struct cpudist_config) == 112, "layout is shared with Swift");

#endif
