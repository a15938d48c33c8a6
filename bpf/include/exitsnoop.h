/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_EXITSNOOP_H
#define BPF_EXITSNOOP_H

#include "wire.h"

struct exitsnoop_config {
	struct trace_config trace;
	__u32 failed_only;
	__u32 threads; /* each thread, not the process with its last one */
};
_Static_assert(sizeof(struct exitsnoop_config) == 104, "layout is shared with Swift");

struct exitsnoop_event {
	struct event_header header;
	__u64 age_ns;
	__u32 status; /* as wait() returns it: a signal and a flag, or an exit code above them */
	__u32 padding;
};
_Static_assert(sizeof(struct exitsnoop_event) == 72, "layout is shared with Swift");

#endif
