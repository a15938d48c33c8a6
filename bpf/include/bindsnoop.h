/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_BINDSNOOP_H
#define BPF_BINDSNOOP_H

#include "endpoints.h"
#include "network.h"
#include "wire.h"

/* Options that the socket had. */
#define BIND_FREEBIND	 1
#define BIND_TRANSPARENT 2
#define BIND_NO_PORT	 4
#define BIND_REUSEADDR	 8
#define BIND_REUSEPORT	 16

struct bindsnoop_config {
	struct trace_config trace;
	struct network_filter network;
	struct port_list ports;
	__u32 with_failures;
};
_Static_assert(sizeof(struct bindsnoop_config) == 240, "layout is shared with Swift");

struct bindsnoop_event {
	struct event_header header;
	struct endpoints endpoints; /* the source is what was bound, or could not be */
	__s64 result; /* 0, or minus errno */
	__u32 interface; /* to which the socket is bound; 0: any */
	__u32 netns;
	__u32 options;
	__u32 number; /* of the system call */
	__u16 protocol;
	__u16 padding[3];
};
_Static_assert(sizeof(struct bindsnoop_event) == 128, "layout is shared with Swift");

#endif
