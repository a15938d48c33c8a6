/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What was acquired and not yet given back, and the stacks that acquired it. */
#ifndef WIRE_OUTSTANDING_H
#define WIRE_OUTSTANDING_H

#include "stacks.h"

/* An address, in the address space of this generation, or in one of the kernel's own. */
struct outstanding_key {
	__u64 space;
	__u64 address;
};
_Static_assert(sizeof(struct outstanding_key) == 16, "layout is shared with Swift");

/* It can be given back in parts. */
#define OUTSTANDING_IN_PARTS 1

struct outstanding {
	__u64 size;
	__u64 stack; /* its number */
	__u64 time_ns;
	__u32 weight; /* how many such ones it stands for */
	__u32 pid; /* of the address space; 0: the kernel's */
	__u32 flags; /* OUTSTANDING_ above */
	__u32 padding;
	char comm[COMM_SIZE];
};
_Static_assert(sizeof(struct outstanding) == 56, "layout is shared with Swift");

/* A stack, and whose it is: all zero in the kernel. */
struct outstanding_stack {
	struct stack_owner owner;
	__u64 stack;
};
_Static_assert(sizeof(struct outstanding_stack) == 24, "layout is shared with Swift");

/* What is outstanding of a stack. Negative for a moment, while both numbers change. */
struct outstanding_sum {
	__s64 bytes;
	__s64 count;
	char comm[COMM_SIZE];
};
_Static_assert(sizeof(struct outstanding_sum) == 32, "layout is shared with Swift");

/* A range that was given back of what can be in parts. */
struct outstanding_part {
	__u64 size;
	__u64 time_ns;
};
_Static_assert(sizeof(struct outstanding_part) == 16, "layout is shared with Swift");

struct outstanding_config {
	__u64 min_size;
	__u64 max_size;
	__u32 sample_rate; /* one in so many is recorded */
	__u32 sums; /* keep them for each stack */
};
_Static_assert(sizeof(struct outstanding_config) == 24, "layout is shared with Swift");

#endif
