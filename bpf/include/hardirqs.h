/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_HARDIRQS_H
#define BPF_HARDIRQS_H

#include "spans.h"
#include "wire.h"

#define HARDIRQ_NAME_SIZE 32

/* In a key's number: it is that of a vector. */
#define HARDIRQ_IS_VECTOR (1U << 31)

struct hardirqs_config {
	struct trace_config trace;
	struct span_config span;
};
_Static_assert(sizeof(struct hardirqs_config) == 120, "layout is shared with Swift");

struct hardirqs_key {
	__u32 number; /* of the interrupt */
	__u32 cpu;
	char name[HARDIRQ_NAME_SIZE]; /* of the handler */
};
_Static_assert(sizeof(struct hardirqs_key) == 40, "layout is shared with Swift");

#endif
