/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_SYNCSNOOP_H
#define BPF_SYNCSNOOP_H

#include "path.h"
#include "wire.h"

struct syncsnoop_config {
	struct trace_config trace;
};
_Static_assert(sizeof(struct syncsnoop_config) == 96, "layout is shared with Swift");

struct syncsnoop_event {
	struct event_header header;
	__u64 start_ns; /* when the call began; 0: before it was traced */
	__s64 result; /* 0, or minus errno */
	struct event_path path;
	__u32 number; /* of the system call */
	__u32 padding;
};
_Static_assert(sizeof(struct syncsnoop_event) == 88, "layout is shared with Swift");

#endif
