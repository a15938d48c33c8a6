/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_TCPACCEPT_H
#define BPF_TCPACCEPT_H

#include "wire.h"
#include "endpoints.h"
#include "network.h"

struct tcpaccept_config {
	struct trace_config trace;
	struct network_filter network;
	struct port_list ports; /* of this machine's end */
	__u32 padding;
};
_Static_assert(sizeof(struct tcpaccept_config) == 240, "layout is shared with Swift");

struct tcpaccept_event {
	struct event_header header; /* of the task that accepts */
	struct endpoints endpoints; /* the source is this machine's end */
	__u64 waited_ns; /* since the handshake; 0: not known */
	__u32 netns;
	__u32 padding;
};
_Static_assert(sizeof(struct tcpaccept_event) == 112, "layout is shared with Swift");

#endif
