/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What is computed at a probe: a predicate, and values for its event (lib/values.bpf.h). */
#ifndef WIRE_VALUES_H
#define WIRE_VALUES_H

#include "wire.h"

/* All powers of two, so that the verifier knows what stays inside. */
#define VALUE_SLOTS	   8
#define VALUE_STEPS	   64
#define VALUE_LITERALS	   4
#define VALUE_LITERAL_SIZE 64
#define VALUE_RESULTS	   8
#define VALUE_SAVES	   4

enum value_operation {
	VALUE_CONSTANT,
	VALUE_CONTEXT, /* what is in the program's context at an offset */
	VALUE_CONTEXT_ADDRESS, /* of an offset in it */
	VALUE_CONTEXT_TEXT, /* address of what a __data_loc field in the left slot tells of */
	VALUE_READ, /* what is in memory at an address and an offset */
	VALUE_IDS, /* process in the upper half, thread in the lower */
	VALUE_OWNERS, /* group and user */
	VALUE_CPU,
	VALUE_TASK, /* address of the running task */
	VALUE_SAVED, /* what was computed at the begin of the call; the constant says which */
	VALUE_CONVERT, /* to a size and a sign */
	VALUE_ADD,
	VALUE_SUBTRACT,
	VALUE_MULTIPLY,
	VALUE_DIVIDE,
	VALUE_REMAINDER,
	VALUE_AND,
	VALUE_OR,
	VALUE_XOR,
	VALUE_SHIFT_LEFT,
	VALUE_SHIFT_RIGHT,
	VALUE_EQUAL,
	VALUE_LESS,
	VALUE_IS_ZERO,
	VALUE_BEGINS_WITH, /* text at an address begins with a literal */
	VALUE_EQUALS_BYTES, /* bytes at an address are those of a literal */
	VALUE_RESULT, /* the left slot is a result; the constant says which */
	VALUE_TEXT_RESULT, /* the text at its address is */
};

/* Slots and results are numbered. An offset is the constant. */
struct value_step {
	__u8 operation;
	__u8 to; /* slot */
	__u8 left; /* slot */
	__u8 right; /* slot, or literal */
	__u8 size; /* of what is read or converted to: 1, 2, 4 or 8 */
	__u8 is_signed;
	__u16 text; /* which text of the event, for VALUE_TEXT_RESULT */
	__u64 constant;
};
_Static_assert(sizeof(struct value_step) == 16, "layout is shared with Swift");

struct value_program {
	__u32 test_steps; /* of the predicate, whose result is in slot 0; they come first */
	__u32 steps; /* all */
	__u32 text_size; /* of each text, its NUL included */
	__u32 texts;
	struct value_step step[VALUE_STEPS];
	__u32 literal_sizes[VALUE_LITERALS];
	char literals[VALUE_LITERALS * VALUE_LITERAL_SIZE];
};
_Static_assert(sizeof(struct value_program) == 1312, "layout is shared with Swift");

#endif
