/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_TCPSTATES_H
#define BPF_TCPSTATES_H

#include "wire.h"
#include "endpoints.h"
#include "network.h"

struct tcpstates_config {
	struct trace_config trace;
	struct network_filter network;
	struct port_list local_ports;
	struct port_list remote_ports;
};
_Static_assert(sizeof(struct tcpstates_config) == 368, "layout is shared with Swift");

struct tcpstates_event {
	struct event_header header; /* of the socket's owner, with the time of the change */
	struct endpoints endpoints; /* the source is this machine's end */
	__u64 socket; /* its address in the kernel */
	__u64 duration_ns; /* in the old state; 0: not known */
	__u32 old_state;
	__u32 new_state;
	__u32 netns;
	__u32 padding;
};
_Static_assert(sizeof(struct tcpstates_event) == 128, "layout is shared with Swift");

#endif
