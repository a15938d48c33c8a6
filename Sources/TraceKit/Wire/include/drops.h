/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Packets that the kernel drops, and which of them are traced. */
#ifndef WIRE_DROPS_H
#define WIRE_DROPS_H

#include "endpoints.h"
#include "network.h"
#include "stacks.h"
#include "wire.h"

#define INTERFACE_NAME_SIZE 16 /* linux/if.h: IFNAMSIZ */

/* Zero in a field means that it does not filter. */
struct drop_config {
	struct trace_config trace;
	struct network_filter network;
	struct stack_config stacks;
	__u32 reason;
	__u16 ip_protocol;
	__u16 ethertype;
	char interface[INTERFACE_NAME_SIZE];
	__u32 unspecified; /* report packets that are freed without a reason */
	__u32 counts; /* count drops by reason: 1; and by place: 2 */
};
_Static_assert(sizeof(struct drop_config) == 160, "layout is shared with Swift");

/* How a packet without an Internet protocol is known: by that of its socket. */
struct drop_event {
	struct event_header header; /* of the socket's owner */
	struct endpoints endpoints; /* the source is where the packet came from */
	__u64 place; /* the address in the kernel that drops it */
	__u32 netns;
	__u32 reason; /* enum skb_drop_reason; 0: the kernel passes none */
	__u32 length; /* of the packet from the layer on that drops it */
	__u16 ethertype;
	__u16 family; /* of the socket; 0: there is none */
	__u8 ip_protocol;
	__u8 state; /* of the TCP socket; 0: there is none */
	__u8 flags; /* of the TCP header */
	__u8 has_ports;
	__u32 interface_number; /* 0: none is known */
	char interface[INTERFACE_NAME_SIZE];
	struct event_stacks stacks;
};
_Static_assert(sizeof(struct drop_event) == 168, "layout is shared with Swift");

/* What drops are counted by. */
struct drop_kind {
	__u64 place; /* 0: not by this */
	__u32 reason;
	__u32 padding;
};
_Static_assert(sizeof(struct drop_kind) == 16, "layout is shared with Swift");

#endif
