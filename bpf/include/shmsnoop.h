/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_SHMSNOOP_H
#define BPF_SHMSNOOP_H

#include "wire.h"

struct shmsnoop_config {
	struct trace_config trace;
};
_Static_assert(sizeof(struct shmsnoop_config) == 96, "layout is shared with Swift");

struct shmsnoop_event {
	struct event_header header;
	__s64 result; /* an identifier, an address or 0, or minus errno */
	__u64 arguments[3]; /* in their order; a call may have fewer */
	__u32 number; /* of the system call */
	__u32 padding;
};
_Static_assert(sizeof(struct shmsnoop_event) == 96, "layout is shared with Swift");

#endif
