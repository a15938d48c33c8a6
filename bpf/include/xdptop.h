/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_XDPTOP_H
#define BPF_XDPTOP_H

#include "endpoints.h"
#include "network.h"
#include "wire.h"

/* What packets are told apart by. */
#define XDPTOP_SOURCE	   1
#define XDPTOP_DESTINATION 2
#define XDPTOP_PROTOCOL	   4
#define XDPTOP_PORTS	   8

#define XDPTOP_RECEIVED	   1
#define XDPTOP_SENT	   2

struct xdptop_config {
	struct trace_config trace;
	struct device_filter device;
	struct port_list ports; /* of either end */
	__u32 link_size; /* bytes before the header of the protocol */
	__u32 version; /* 4 or 6; 0: all packets */
	__u32 distinct; /* XDPTOP_SOURCE and so on */
	__u32 directions; /* XDPTOP_RECEIVED, XDPTOP_SENT or both */
	__u16 ethertype; /* 0: whichever */
	__u16 ip_protocol;
};
_Static_assert(sizeof(struct xdptop_config) == 272, "layout is shared with Swift");

/* What packets are not told apart by is 0. */
struct xdptop_key {
	struct endpoints endpoints; /* the source is where the packet comes from */
	__u16 ethertype;
	__u8 ip_protocol;
	__u8 has_ports;
	__u16 direction;
	__u16 cpu; /* so that no other one adds to the same totals */
};
_Static_assert(sizeof(struct xdptop_key) == 48, "layout is shared with Swift");

struct xdptop_totals {
	__u64 packets;
	__u64 bytes;
};
_Static_assert(sizeof(struct xdptop_totals) == 16, "layout is shared with Swift");

#endif
