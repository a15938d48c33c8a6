/* SPDX-License-Identifier: GPL-2.0 */
/* A packet of the kernel's, by its buffer. */
#ifndef LIB_PACKET_BPF_H
#define LIB_PACKET_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include "kernel_read.bpf.h"
#include "packet_headers.bpf.h"

/* From the network header on. A buffer that no protocol has had yet begins with it. */
static __always_inline struct packet_bytes network_bytes(struct sk_buff *packet)
{
	const unsigned char *head = KERNEL_READ(packet, head);
	__u32 end = KERNEL_READ(packet, tail);
	__u32 start = KERNEL_READ(packet, network_header);

	if (!start)
		start = KERNEL_READ(packet, data) - head;
	return (struct packet_bytes){ head + start, head + end };
}

/* linux/skbuff.h: the bit of a route that the packet does not hold. */
#define SKB_DST_NOREF 1UL

/*
 * The device of a packet; NULL where none is known. TCP takes it from the packet early
 * (tcp_v4_rcv()), but not the route; UDP writes other things there (udp_set_dev_scratch()),
 * which are no address.
 */
static __always_inline struct net_device *packet_device(struct sk_buff *packet)
{
	struct net_device *device = KERNEL_READ(packet, dev);
	struct dst_entry *route;

	if (KERNEL_READ(device, ifindex))
		return device;
	route = (void *)(KERNEL_READ(packet, _skb_refdst) & ~SKB_DST_NOREF);
	return KERNEL_READ(route, dev);
}

/* What the headers of a packet say. */
static __always_inline void read_packet(struct sk_buff *packet, struct packet_headers *headers)
{
	struct packet_bytes bytes = network_bytes(packet);

	headers->ethertype = bpf_ntohs(KERNEL_READ(packet, protocol));
	/* Whether the network header is before the tag or after it depends on the sender. */
	if (is_tagged(headers->ethertype)) {
		bytes.at = KERNEL_READ(packet, head) + KERNEL_READ(packet, mac_header);
		if (!take_link(&bytes, sizeof(struct ethernet_header), headers, false))
			return;
	}
	take_headers(&bytes, headers, false);
}

#endif
