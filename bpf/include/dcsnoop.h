/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_DCSNOOP_H
#define BPF_DCSNOOP_H

#include "wire.h"

/* With the NUL. */
#define LOOKUP_NAME_SIZE 256

struct dcsnoop_config {
	struct trace_config trace;
	__u32 all; /* what the cache has too */
	__u32 padding;
};
_Static_assert(sizeof(struct dcsnoop_config) == 104, "layout is shared with Swift");

/* Followed by the name. */
struct dcsnoop_event {
	struct event_header header;
	__u32 is_miss;
	__u32 size; /* of the name */
};
_Static_assert(sizeof(struct dcsnoop_event) == 64, "layout is shared with Swift");

#endif
