/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_KSNOOP_H
#define BPF_KSNOOP_H

#include "call_values.h"
#include "wire.h"

/* Of one function or tracepoint: each has an object of its own. */
struct ksnoop_config {
	struct trace_config trace;
	struct own_process own; /* not traced */
	__u32 call; /* its number, for its events */
	__u32 arguments; /* how many the function has */
	__u32 tells_all; /* calls that do not pass too, without values */
	__u32 padding;
	struct call_side begin;
	struct call_side end;
};
_Static_assert(sizeof(struct ksnoop_config) == 2888, "layout is shared with Swift");

/* Followed by the texts, which all have the same room, and then by the copies. */
struct ksnoop_event {
	struct event_header header;
	__u32 call;
	__u8 is_return;
	__u8 is_shown;
	__u16 failed; /* a bit for each result whose copy could not be made */
	__s64 values[VALUE_RESULTS]; /* of a text its length with the NUL, or a negative errno */
};
_Static_assert(sizeof(struct ksnoop_event) == 128, "layout is shared with Swift");

#endif
