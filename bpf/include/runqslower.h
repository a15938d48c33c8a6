/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_RUNQSLOWER_H
#define BPF_RUNQSLOWER_H

#include "wire.h"

struct runqslower_config {
	struct trace_config trace;
	__u64 min_us; /* waits of more than this are reported */
};
_Static_assert(sizeof(struct runqslower_config) == 104, "layout is shared with Swift");

struct runqslower_event {
	struct event_header header; /* the task that waited */
	__u64 latency_ns;
	__u32 previous_tid; /* of the task that ran before it */
	__u32 padding;
	char previous_comm[COMM_SIZE];
};
_Static_assert(sizeof(struct runqslower_event) == 88, "layout is shared with Swift");

#endif
