/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_FUNCCOUNT_H
#define BPF_FUNCCOUNT_H

#include "wire.h"

struct funccount_config {
	struct trace_config trace;
	__u32 kinds; /* how many names are counted; each probe has the number of its own */
	__u32 one_cpu; /* count on the CPU below only */
	__u32 cpu;
	__u32 padding;
};
_Static_assert(sizeof(struct funccount_config) == 112, "layout is shared with Swift");

#endif
