/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_TCPCONNECT_H
#define BPF_TCPCONNECT_H

#include "wire.h"
#include "endpoints.h"
#include "network.h"

struct tcpconnect_config {
	struct trace_config trace;
	struct network_filter network;
	struct port_list ports; /* of the destination */
	__u32 at_outcome; /* report when it is known whether it succeeded */
	__u32 failed_only;
	__u32 counts; /* count instead of reporting each */
	__u32 counts_source_port;
	__u32 padding;
};
_Static_assert(sizeof(struct tcpconnect_config) == 256, "layout is shared with Swift");

struct tcpconnect_event {
	struct event_header header;
	struct endpoints endpoints;
	__s32 error; /* errno of a failed connect; 0: it succeeded or is open */
	__u32 padding;
};
_Static_assert(sizeof(struct tcpconnect_event) == 104, "layout is shared with Swift");

#endif
