/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_OFFCPUTIME_H
#define BPF_OFFCPUTIME_H

#include "absence.h"
#include "stacks.h"

struct offcputime_config {
	struct trace_config trace;
	struct stack_config stacks;
	struct absence_config absence;
	__u64 state; /* one of these bits, see by_state */
	__u32 by_state; /* 0: any state; a state of 0 is that of a task that could run */
	__u32 padding;
};
_Static_assert(sizeof(struct offcputime_config) == 160, "layout is shared with Swift");

#endif
