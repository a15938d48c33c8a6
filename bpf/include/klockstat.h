/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_KLOCKSTAT_H
#define BPF_KLOCKSTAT_H

#include "wire.h"
#include "stacks.h"

struct klockstat_config {
	struct trace_config trace;
	struct stack_config stacks;
	__u64 lock; /* the address of the only lock that is traced; 0: all */
	__u32 per_thread;
	__u32 spinlocks;
};
_Static_assert(sizeof(struct klockstat_config) == 136, "layout is shared with Swift");

/* Kinds of locks, in the bits of trace/events/lock.h. */
#define LOCK_SPINS  1
#define LOCK_READ   2
#define LOCK_WRITE  4
#define LOCK_RT	    8
#define LOCK_PERCPU 16
#define LOCK_MUTEX  32

struct lock_times_key {
	__u64 stack; /* the kernel's; 0 where threads are distinguished */
	__u32 tid; /* 0 where stacks are */
	__u32 kind;
};
_Static_assert(sizeof(struct lock_times_key) == 16, "layout is shared with Swift");

struct lock_times {
	__u64 count;
	__u64 total_ns;
	__u64 max_ns;
	/* Of the longest. */
	__u64 lock;
	__u32 pid;
	__u32 tid;
	char comm[COMM_SIZE];
};
_Static_assert(sizeof(struct lock_times) == 56, "layout is shared with Swift");

struct lock_totals {
	struct lock_times wait;
	struct lock_times hold;
};
_Static_assert(sizeof(struct lock_totals) == 112, "layout is shared with Swift");

#endif
