/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_THROTTLESNOOP_H
#define BPF_THROTTLESNOOP_H

#include "wire.h"

struct throttlesnoop_config {
	struct trace_config trace;
	__u64 min_ns; /* shorter ones are not reported */
};
_Static_assert(sizeof(struct throttlesnoop_config) == 104, "layout is shared with Swift");

struct throttlesnoop_event {
	struct event_header header; /* the task that was held back */
	__u64 held_ns;
	/* The group whose limit it was, and its counters; 0 where the task has left it. */
	__u64 group_id;
	__u64 quota_ns;
	__u64 period_ns;
	__u64 throttled_ns; /* on all CPUs, since the group exists */
	__u32 throttled_periods;
	__u32 padding;
	char group[128];
};
_Static_assert(sizeof(struct throttlesnoop_event) == 232, "layout is shared with Swift");

#endif
