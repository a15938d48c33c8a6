/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_DBSLOWER_H
#define BPF_DBSLOWER_H

#include "queries.h"
#include "wire.h"

/* With its NUL. */
#define QUERY_SIZE 4096

struct dbslower_config {
	struct trace_config trace;
	struct query_config query;
};
_Static_assert(sizeof(struct dbslower_config) == 112, "layout is shared with Swift");

/* The text of the query follows. Its time is that of the end. */
struct dbslower_event {
	struct event_header header;
	__u64 duration_ns;
	__u32 size; /* of the text, without its NUL */
	__u16 has_text;
	__u16 cut; /* the text is longer */
};
_Static_assert(sizeof(struct dbslower_event) == 72, "layout is shared with Swift");

#endif
