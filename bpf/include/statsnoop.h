/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_STATSNOOP_H
#define BPF_STATSNOOP_H

#include "path.h"
#include "wire.h"

struct statsnoop_config {
	struct trace_config trace;
	__u32 failed_only;
	__u32 full_path;
};
_Static_assert(sizeof(struct statsnoop_config) == 104, "layout is shared with Swift");

struct statsnoop_event {
	struct event_header header;
	__s64 result; /* 0, or minus errno */
	struct event_path path;
	__u32 number; /* of the system call */
	__u32 padding;
};
_Static_assert(sizeof(struct statsnoop_event) == 80, "layout is shared with Swift");

#endif
