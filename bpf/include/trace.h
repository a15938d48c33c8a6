/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_TRACE_H
#define BPF_TRACE_H

#include "stacks.h"
#include "values.h"
#include "wire.h"

/* Of one probe: each has an object of its own. */
struct trace_probe_config {
	struct trace_config trace;
	struct stack_config stacks;
	struct own_process own; /* not traced */
	__u32 probe; /* its number, for its events */
	__u32 names_user_places; /* the owner of user addresses is needed */
	__u32 event_size; /* with its texts */
	__u32 tells_places; /* cookies are the numbers of places */
	struct value_program values;
};
_Static_assert(sizeof(struct trace_probe_config) == 1456, "layout is shared with Swift");

/* Followed by the texts, which all have the same room, and then by the stacks. */
struct trace_event {
	struct event_header header;
	struct event_stacks stacks;
	__u32 probe;
	__u32 place; /* of several that the probe has */
	__s64 values[VALUE_RESULTS]; /* of a text its length with the NUL, or a negative errno */
};
_Static_assert(sizeof(struct trace_event) == 152, "layout is shared with Swift");

#endif
