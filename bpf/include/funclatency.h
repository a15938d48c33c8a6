/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_FUNCLATENCY_H
#define BPF_FUNCLATENCY_H

#include "wire.h"

/* How deep calls can be nested in a thread. */
#define FUNCTION_DEPTH 16

struct funclatency_config {
	struct trace_config trace;
	__u32 divisor; /* nanoseconds of the unit */
	__u32 depth; /* calls nested deeper than this are not counted */
	__u32 has_stack; /* the probes are in user space, with its stack pointer */
	__u32 told_apart; /* each probe has a cookie: the number of its function */
	__u32 per_function;
	__u32 padding;
};
_Static_assert(sizeof(struct funclatency_config) == 120, "layout is shared with Swift");

#endif
