/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_PROFILE_H
#define BPF_PROFILE_H

#include "stacks.h"

struct profile_config {
	struct trace_config trace;
	struct stack_config stacks;
	__u32 include_idle;
	__u32 padding;
};
_Static_assert(sizeof(struct profile_config) == 120, "layout is shared with Swift");

#endif
