/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_STACKCOUNT_H
#define BPF_STACKCOUNT_H

#include "stacks.h"

struct stackcount_config {
	struct trace_config trace;
	struct stack_config stacks;
	__u32 one_cpu; /* count on the CPU below only */
	__u32 cpu;
	__u32 in_programs; /* the places are in user space */
	__u32 padding;
};
_Static_assert(sizeof(struct stackcount_config) == 136, "layout is shared with Swift");

#endif
