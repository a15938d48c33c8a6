/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * How to get from a place in code to its caller: what call frame information says, made
 * compact. The reader of files makes it, and programs follow it.
 */
#ifndef WIRE_UNWIND_ROWS_H
#define WIRE_UNWIND_ROWS_H

#include "wire.h"

/* From a place on, up to that of the next row. */
struct unwind_row {
	__u32 place; /* bytes after where the file's first loaded page begins */
	__u32 rule;
};
_Static_assert(sizeof(struct unwind_row) == 8, "layout is shared with Swift");

/*
 * The bits of a rule, from the lowest: how the canonical frame address (CFA) is found, by
 * which amount, how far below it the caller's frame pointer is saved (0: it is in the
 * register), and what that place means. Amounts are in words of eight bytes.
 */
#define UNWIND_AMOUNT_SHIFT 3
#define UNWIND_AMOUNT_MASK  0x3fff
#define UNWIND_SAVED_SHIFT  17
#define UNWIND_SAVED_MASK   0x1fff
#define UNWIND_WHERE_SHIFT  30

/* How. What nothing is known of is 0; of what is told in another way the amount is not. */
enum unwind_how {
	UNWIND_UNKNOWN,
	UNWIND_STACK, /* above the stack pointer */
	UNWIND_FRAME, /* above the frame pointer */
	UNWIND_FRAME_WORD, /* the word that is below the frame pointer */
	UNWIND_STACK_WORD, /* one word above the word that is above the stack pointer */
	UNWIND_LINKAGE, /* a stub of x86-64: its push is at the amount in bytes, of 16 */
	UNWIND_SIGNAL, /* the kernel put all registers above the stack pointer */
	UNWIND_END, /* there is no caller */
};

#define UNWIND_OTHERWISE (UNWIND_UNKNOWN | 1 << UNWIND_AMOUNT_SHIFT)
/* The frame pointer leads to another stack. 2 and 3 are those of unwind_tables.bpf.h. */
#define UNWIND_SWITCH	 (UNWIND_UNKNOWN | 4 << UNWIND_AMOUNT_SHIFT)

/*
 * Where the return address is. On x86-64 it is always just below the CFA, and the frame
 * pointer is either saved below that or, for the last of these, at itself.
 */
enum unwind_where {
	UNWIND_BELOW = 0, /* x86-64 */
	UNWIND_LINK = 0, /* arm64: in the link register */
	UNWIND_ABOVE_SAVED, /* arm64: one word above the saved frame pointer */
	UNWIND_IN_PLACE, /* arm64: at that place, where no frame pointer is saved */
	UNWIND_AT_FRAME, /* x86-64: as if it were UNWIND_BELOW */
};

/* A part of a process's memory whose code has rows, or may have. */
struct unwind_range {
	__u64 start;
	__u64 end;
	__u64 bias; /* from a place to its address */
	__u64 rows; /* the first in the lower half and their number in the other, written at once */
	__u32 is_wanted; /* a program met it without rows, or none will be read */
	__u32 padding;
};
_Static_assert(sizeof(struct unwind_range) == 40, "layout is shared with Swift");

/*
 * The ranges of an address space, which are in the order of their addresses. They are found
 * by its struct stack_owner, or as long as the reader does not know that, by a number that
 * is made of where proc shows its code and its stack, and a process id of 0. Each exec makes
 * other ones; a process that is forked off has those of its parent, and what is mapped there.
 */
struct unwind_space {
	__u32 first;
	__u32 count;
	__u32 outside; /* how often a place was in none of them */
	__u32 padding;
};
_Static_assert(sizeof(struct unwind_space) == 16, "layout is shared with Swift");

static inline __u64 unwind_image(__u64 start_code, __u64 end_code, __u64 start_stack)
{
	return start_stack ^ (start_code << 20 | start_code >> 44) ^ end_code << 40;
}

#endif
