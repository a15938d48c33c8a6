/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_FUTEXCTN_H
#define BPF_FUTEXCTN_H

#include "stacks.h"

struct futexctn_config {
	struct trace_config trace;
	struct stack_config stacks;
	__u64 lock; /* the address of the only futex that is traced; 0: all */
	__u32 milliseconds;
	__u32 padding;
};
_Static_assert(sizeof(struct futexctn_config) == 136, "layout is shared with Swift");

struct futexctn_key {
	__u64 lock;
	__u64 stack; /* the user stack; 0 where stacks are not distinguished */
	struct stack_owner owner;
	__u32 pid;
	__u32 tid;
};
_Static_assert(sizeof(struct futexctn_key) == 40, "layout is shared with Swift");

#endif
