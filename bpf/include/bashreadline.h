/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_BASHREADLINE_H
#define BPF_BASHREADLINE_H

#include "wire.h"

/* With its NUL. */
#define READLINE_LINE_SIZE 4096

struct bashreadline_config {
	struct trace_config trace;
	__u32 every; /* lines of a library are of any program, not of those called bash only */
	__u32 padding;
};
_Static_assert(sizeof(struct bashreadline_config) == 104, "layout is shared with Swift");

/* The line follows. */
struct bashreadline_event {
	struct event_header header;
	__u32 size; /* of the line, without its NUL */
	__u32 cut; /* the line is longer */
};
_Static_assert(sizeof(struct bashreadline_event) == 64, "layout is shared with Swift");

#endif
