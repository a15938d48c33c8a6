/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* In which order threads acquire locks. */
#ifndef WIRE_LOCK_ORDERS_H
#define WIRE_LOCK_ORDERS_H

#include "stacks.h"

/* A lock in an order of two: the one that is held or the one that is asked for. */
struct ordered_lock {
	__u64 address;
	__u32 generation; /* how often it was made anew */
	__u32 shared; /* it is acquired for reading */
};
_Static_assert(sizeof(struct ordered_lock) == 16, "layout is shared with Swift");

struct lock_order {
	struct ordered_lock held;
	struct ordered_lock wanted;
	__u64 space; /* the generation of the stack_owner */
};
_Static_assert(sizeof(struct lock_order) == 40, "layout is shared with Swift");

/* The first time that a lock is asked for while another is held. */
struct lock_order_event {
	struct event_header header;
	struct lock_order order;
	__u64 held_stack;
	__u64 wanted_stack;
	struct stack_owner owner;
	__u32 thread;
	__u32 padding;
};
_Static_assert(sizeof(struct lock_order_event) == 136, "layout is shared with Swift");

/* How a thread was created. */
struct thread_birth {
	__u64 stack;
	struct stack_owner owner;
	__u32 tid; /* who created it */
	__u32 padding;
	char comm[COMM_SIZE];
};
_Static_assert(sizeof(struct thread_birth) == 48, "layout is shared with Swift");

#endif
