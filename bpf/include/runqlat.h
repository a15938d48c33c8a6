/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_RUNQLAT_H
#define BPF_RUNQLAT_H

#include "wire.h"

/* What a histogram is kept for. */
#define RUNQLAT_ALL	      0
#define RUNQLAT_PER_PROCESS   1
#define RUNQLAT_PER_THREAD    2
#define RUNQLAT_PER_NAMESPACE 3

struct runqlat_config {
	struct trace_config trace;
	__u32 per;
	__u32 milliseconds;
};
_Static_assert(sizeof(struct runqlat_config) == 104, "layout is shared with Swift");

#endif
