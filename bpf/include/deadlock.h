/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_DEADLOCK_H
#define BPF_DEADLOCK_H

#include "lock_orders.h"
#include "stacks.h"

struct deadlock_config {
	struct trace_config trace;
	struct stack_config stacks;
	__u32 kind_offset; /* of the kind in a mutex of the C library */
	__u32 kind_mask; /* 0: it is not known */
	__u32 checked_kind; /* that of a mutex which is not acquired twice, but refused */
	__u32 padding;
};
_Static_assert(sizeof(struct deadlock_config) == 136, "layout is shared with Swift");

#endif
