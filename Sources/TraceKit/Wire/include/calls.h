/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Which calls of functions are followed from their begin to their return. */
#ifndef WIRE_CALLS_H
#define WIRE_CALLS_H

#include "wire.h"

/* How deep calls can be nested in a thread. */
#define CALLS_DEPTH 16

struct calls_config {
	__u32 depth; /* calls nested deeper than this are not counted */
	__u32 has_stack; /* the probes are in user space, with its stack pointer */
	__u32 told_apart; /* each probe has a cookie: the number of its function */
	__u32 padding;
};
_Static_assert(sizeof(struct calls_config) == 16, "layout is shared with Swift");

#endif
