/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_FUNCLATENCY_H
#define BPF_FUNCLATENCY_H

#include "calls.h"

struct funclatency_config {
	struct trace_config trace;
	struct calls_config calls;
	__u32 divisor; /* nanoseconds of the unit */
	__u32 per_function;
};
_Static_assert(sizeof(struct funclatency_config) == 120, "layout is shared with Swift");

#endif
