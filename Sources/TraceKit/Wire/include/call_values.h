/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What is asked of the calls of a function: values, and what they lead to. */
#ifndef WIRE_CALL_VALUES_H
#define WIRE_CALL_VALUES_H

#include "values.h"

/* The steps find words in place of registers: arguments, and the result at an offset. */
#define CALL_ARGUMENTS	   6
#define CALL_RESULT_OFFSET 48

/* What a result leads to, which is copied; size 0: nothing. */
struct call_copy {
	__u32 size;
	__u32 offset; /* behind the event */
};

/* What is asked at the begin of a call, or at its return. */
struct call_side {
	__u32 event_size; /* with its texts and copies */
	__u32 is_shown; /* 0: it is told for the order of calls only */
	struct call_copy copy[VALUE_RESULTS];
	struct value_program values;
};
_Static_assert(sizeof(struct call_side) == 1384, "layout is shared with Swift");

#endif
