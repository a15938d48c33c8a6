/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_RUNQLEN_H
#define BPF_RUNQLEN_H

#include "wire.h"

struct runqlen_config {
	struct trace_config trace;
	__u32 per_cpu;
	__u32 group; /* count the queue of the running task's group, not all of the CPU's */
};
_Static_assert(sizeof(struct runqlen_config) == 104, "layout is shared with Swift");

#endif
