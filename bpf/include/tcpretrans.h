/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_TCPRETRANS_H
#define BPF_TCPRETRANS_H

#include "wire.h"
#include "endpoints.h"
#include "network.h"

#define RETRANSMIT	   0 /* a segment that was sent before */
#define RETRANSMIT_PROBE   1 /* an attempt to probe for the loss of the last segments */
#define RETRANSMIT_SYN_ACK 2 /* the answer to a SYN, for which there is no socket yet */

struct tcpretrans_config {
	struct trace_config trace;
	struct network_filter network;
	__u32 counts; /* count by flow instead of reporting each */
	__u32 padding;
};
_Static_assert(sizeof(struct tcpretrans_config) == 112, "layout is shared with Swift");

/* What distinguishes flows when counting. */
struct tcpretrans_flow {
	struct endpoints endpoints; /* the source is this machine's end */
	__u32 netns;
	__u32 kind;
};
_Static_assert(sizeof(struct tcpretrans_flow) == 48, "layout is shared with Swift");

struct tcpretrans_event {
	struct event_header header; /* of the socket's owner */
	struct tcpretrans_flow flow;
	__u32 state; /* net/tcp_states.h */
	__u32 sequence; /* of the first byte; none for a probe and a SYN-ACK */
	__u32 segments; /* that the kernel counts for it */
	__u32 padding;
};
_Static_assert(sizeof(struct tcpretrans_event) == 120, "layout is shared with Swift");

#endif
