/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_SOLISTEN_H
#define BPF_SOLISTEN_H

#include "endpoints.h"
#include "network.h"
#include "wire.h"

struct solisten_config {
	struct trace_config trace;
	struct network_filter network;
};
_Static_assert(sizeof(struct solisten_config) == 104, "layout is shared with Swift");

struct solisten_event {
	struct event_header header;
	struct endpoints endpoints; /* the source is what is listened at */
	__s64 result; /* 0, or minus errno */
	__s32 backlog; /* as the call was given it */
	__u32 limit; /* what the kernel made of it, if the call did not fail */
	__u32 netns;
	__u32 number; /* of the system call */
	__u16 protocol;
	__u16 padding[3];
};
_Static_assert(sizeof(struct solisten_event) == 128, "layout is shared with Swift");

#endif
