/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_FUNCINTERVAL_H
#define BPF_FUNCINTERVAL_H

#include "wire.h"

struct funcinterval_config {
	struct trace_config trace;
	__u32 divisor; /* nanoseconds of the unit */
	__u32 per_thread; /* between calls of the same thread, not of any */
	__u32 per_place; /* a distribution for each name */
	__u32 told_apart; /* each probe has a cookie: the number of its name */
};
_Static_assert(sizeof(struct funcinterval_config) == 112, "layout is shared with Swift");

#endif
