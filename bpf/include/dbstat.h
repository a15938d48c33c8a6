/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_DBSTAT_H
#define BPF_DBSTAT_H

#include "histogram.h"
#include "queries.h"

struct dbstat_config {
	struct trace_config trace;
	struct query_config query;
	__u32 divisor; /* nanoseconds of the unit */
	__u32 padding;
};
_Static_assert(sizeof(struct dbstat_config) == 120, "layout is shared with Swift");

#endif
