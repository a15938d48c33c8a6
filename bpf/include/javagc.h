/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_JAVAGC_H
#define BPF_JAVAGC_H

#include "wire.h"

struct javagc_config {
	struct trace_config trace;
	__u64 least_ns; /* report what took at least so long */
};
_Static_assert(sizeof(struct javagc_config) == 104, "layout is shared with Swift");

/* Its time is that of the end. */
struct javagc_event {
	struct event_header header;
	__u64 duration_ns;
	__u32 is_pool; /* the collection of a pool, not a whole one */
	__u32 padding;
};
_Static_assert(sizeof(struct javagc_event) == 72, "layout is shared with Swift");

#endif
