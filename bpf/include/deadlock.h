/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_DEADLOCK_H
#define BPF_DEADLOCK_H

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

/* A lock in an order of two: the one that is held or the one that is asked for. */
struct deadlock_lock {
	__u64 address;
	__u32 generation; /* how often it was made anew */
	__u32 shared; /* it is acquired for reading */
};
_Static_assert(sizeof(struct deadlock_lock) == 16, "layout is shared with Swift");

struct deadlock_order {
	struct deadlock_lock held;
	struct deadlock_lock wanted;
	__u64 space; /* the generation of the stack_owner */
};
_Static_assert(sizeof(struct deadlock_order) == 40, "layout is shared with Swift");

/* The first time that a lock is asked for while another is held. */
struct deadlock_event {
	struct event_header header;
	struct deadlock_order order;
	__u64 held_stack;
	__u64 wanted_stack;
	struct stack_owner owner;
	__u32 thread;
	__u32 padding;
};
_Static_assert(sizeof(struct deadlock_event) == 136, "layout is shared with Swift");

/* How a thread was created. */
struct deadlock_birth {
	__u64 stack;
	struct stack_owner owner;
	__u32 tid; /* who created it */
	__u32 padding;
	char comm[COMM_SIZE];
};
_Static_assert(sizeof(struct deadlock_birth) == 48, "layout is shared with Swift");

#endif
