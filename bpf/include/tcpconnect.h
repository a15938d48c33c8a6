/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_TCPCONNECT_H
#define BPF_TCPCONNECT_H

#include "wire.h"
#include "endpoints.h"

#define CONNECT_PORTS 64

struct tcpconnect_config {
	struct trace_config trace;
	__u32 family; /* 4 or 6; 0: both */
	__u32 port_count;
	__u16 ports[CONNECT_PORTS]; /* destination ports; port_count 0: all */
	__u32 at_outcome; /* report when it is known whether it succeeded */
	__u32 failed_only;
	__u32 counts; /* count instead of reporting each */
	__u32 counts_source_port;
};
_Static_assert(sizeof(struct tcpconnect_config) == 248, "layout is shared with Swift");

struct tcpconnect_event {
	struct event_header header;
	struct endpoints endpoints;
	__s32 error; /* errno of a failed connect; 0: it succeeded or is open */
	__u32 padding;
};
_Static_assert(sizeof(struct tcpconnect_event) == 104, "layout is shared with Swift");

#endif
