/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_USTAT_H
#define BPF_USTAT_H

#include "wire.h"

/* What a program in a language does. */
#define USTAT_METHOD	0
#define USTAT_GC	1
#define USTAT_OBJECT	2
#define USTAT_CLASS	3
#define USTAT_EXCEPTION 4
#define USTAT_THREAD	5
#define USTAT_KINDS	6

struct ustat_config {
	struct trace_config trace;
};
_Static_assert(sizeof(struct ustat_config) == 96, "layout is shared with Swift");

/* How often a process did each. */
struct ustat_counts {
	__u64 counts[USTAT_KINDS];
	char comm[COMM_SIZE]; /* of a thread of it */
};
_Static_assert(sizeof(struct ustat_counts) == 64, "layout is shared with Swift");

#endif
