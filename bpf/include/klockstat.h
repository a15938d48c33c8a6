/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_KLOCKSTAT_H
#define BPF_KLOCKSTAT_H

#include "lock_times.h"
#include "stacks.h"

struct klockstat_config {
	struct trace_config trace;
	struct stack_config stacks;
	__u64 lock; /* the address of the only lock that is traced; 0: all */
	__u32 per_thread;
	__u32 spinlocks;
};
_Static_assert(sizeof(struct klockstat_config) == 136, "layout is shared with Swift");

#endif
