/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_TCPLIFE_H
#define BPF_TCPLIFE_H

#include "wire.h"
#include "endpoints.h"
#include "network.h"

struct tcplife_config {
	struct trace_config trace;
	struct network_filter network;
	struct port_list local_ports;
	struct port_list remote_ports;
};
_Static_assert(sizeof(struct tcplife_config) == 368, "layout is shared with Swift");

struct tcplife_event {
	struct event_header header; /* of the owner, with the time of the end */
	struct endpoints endpoints; /* the source is this machine's end */
	__u64 sent_bytes;
	__u64 received_bytes;
	__u64 duration_ns;
	__u32 netns;
	__u32 is_incoming;
};
_Static_assert(sizeof(struct tcplife_event) == 128, "layout is shared with Swift");

#endif
