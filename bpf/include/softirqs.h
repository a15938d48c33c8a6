/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_SOFTIRQS_H
#define BPF_SOFTIRQS_H

#include "spans.h"
#include "wire.h"

/* More than any kernel has (NR_SOFTIRQS). */
#define SOFTIRQS_VECTORS 16

struct softirqs_config {
	struct trace_config trace;
	struct span_config span;
};
_Static_assert(sizeof(struct softirqs_config) == 120, "layout is shared with Swift");

struct softirqs_key {
	__u32 number; /* of the vector */
	__u32 cpu;
};
_Static_assert(sizeof(struct softirqs_key) == 8, "layout is shared with Swift");

#endif
