/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_CPUUNCLAIMED_H
#define BPF_CPUUNCLAIMED_H

#include "wire.h"

struct cpuunclaimed_config {
	struct trace_config trace;
};
_Static_assert(sizeof(struct cpuunclaimed_config) == 96, "layout is shared with Swift");

/* A look at a CPU. */
struct queue_sample {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u32 cpu;
	__u32 length; /* tasks that could run there, with the one that does */
	__u32 is_selected; /* the task that runs passes the filter */
	__u32 padding;
};
_Static_assert(sizeof(struct queue_sample) == 24, "layout is shared with Swift");

#endif
