/* SPDX-License-Identifier: GPL-2.0 */
/* The headers of a packet, read where its buffer has them. */
#ifndef LIB_PACKET_BPF_H
#define LIB_PACKET_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include "endpoints.h"
#include "sock.bpf.h"

/* linux/if_ether.h, linux/in.h, linux/ipv6.h */
#define ETH_P_IP	    0x0800
#define ETH_P_IPV6	    0x86dd
#define IPV6_HOP_BY_HOP	    0
#define IPV6_ROUTING	    43
#define IPV6_FRAGMENT	    44
#define IPV6_AUTHENTICATION 51
#define IPV6_DESTINATION    60

/* More extension headers than any packet has that is not made to confuse. */
#define IPV6_EXTENSIONS	    8

/* The first bytes of these headers, as they are on the wire (RFC 791, 8200, 9293). */
struct ipv4_header {
	__u8 version_and_words;
	__u8 service;
	__be16 length;
	__be16 id;
	__be16 fragment;
	__u8 ttl;
	__u8 protocol;
	__be16 checksum;
	__be32 source;
	__be32 destination;
};

struct ipv6_header {
	__u8 version_and_class;
	__u8 flow[3];
	__be16 length;
	__u8 next;
	__u8 hops;
	__u8 source[16];
	__u8 destination[16];
};

struct tcp_header {
	__be16 source_port;
	__be16 destination_port;
	__be32 sequence;
	__be32 acknowledged;
	__u8 words;
	__u8 flags;
};

/* Where a packet's bytes are: the paged part of a large one is not among them. */
struct packet_bytes {
	const unsigned char *at;
	__u32 left;
};

static __always_inline bool take_bytes(struct packet_bytes *bytes, void *to, __u32 size)
{
	return bytes->left >= size && !bpf_probe_read_kernel(to, size, bytes->at);
}

static __always_inline void skip_bytes(struct packet_bytes *bytes, __u32 count)
{
	if (count > bytes->left)
		count = bytes->left;
	bytes->at += count;
	bytes->left -= count;
}

/* From the network header on. A buffer that no protocol has had yet begins with it. */
static __always_inline struct packet_bytes network_bytes(struct sk_buff *packet)
{
	const unsigned char *head = BPF_CORE_READ(packet, head);
	__u32 end = BPF_CORE_READ(packet, tail);
	__u32 start = BPF_CORE_READ(packet, network_header);

	if (!start)
		start = BPF_CORE_READ(packet, data) - head;
	return (struct packet_bytes){ head + start, start < end ? end - start : 0 };
}

/* What the headers of a packet say. */
struct packet_headers {
	struct endpoints ends; /* version 0: it is no packet of the Internet Protocol */
	__u16 ethertype;
	__u8 protocol; /* above the Internet Protocol, where that is known */
	__u8 tcp_flags;
	bool has_ports; /* of TCP or UDP; a later fragment has none */
};

/* False where no header of the protocol follows: in a later fragment, or a spoilt packet. */
static __always_inline bool take_ipv4(struct packet_bytes *bytes, struct packet_headers *headers)
{
	const __u16 fragment_offset = 0x1fff;
	struct ipv4_header header;

	if (!take_bytes(bytes, &header, sizeof(header)) || header.version_and_words >> 4 != 4)
		return false;
	headers->ends.version = 4;
	*(__be32 *)headers->ends.source = header.source;
	*(__be32 *)headers->ends.destination = header.destination;
	headers->protocol = header.protocol;
	skip_bytes(bytes, (header.version_and_words & 0xf) * 4);
	return !(bpf_ntohs(header.fragment) & fragment_offset);
}

static __always_inline bool take_ipv6(struct packet_bytes *bytes, struct packet_headers *headers)
{
	const __u16 fragment_offset = 0xfff8;
	struct endpoints *ends = &headers->ends;
	bool is_whole = true;
	struct ipv6_header header;
	__u8 next;

	if (!take_bytes(bytes, &header, sizeof(header)) || header.version_and_class >> 4 != 6)
		return false;
	ends->version = 6;
	__builtin_memcpy(ends->source, header.source, sizeof(ends->source));
	__builtin_memcpy(ends->destination, header.destination, sizeof(ends->destination));
	skip_bytes(bytes, sizeof(header));
	next = header.next;
#pragma clang loop unroll(disable)
	for (int count = 0; count < IPV6_EXTENSIONS && is_whole; count++) {
		__u8 extension[4] = {};
		__u32 size;

		switch (next) {
		case IPV6_HOP_BY_HOP:
		case IPV6_ROUTING:
		case IPV6_DESTINATION:
		case IPV6_FRAGMENT:
		case IPV6_AUTHENTICATION:
			break;
		default:
			headers->protocol = next;
			return true;
		}
		if (!take_bytes(bytes, extension, sizeof(extension)))
			return false;
		size = (extension[1] + 1) * 8;
		if (next == IPV6_AUTHENTICATION)
			size = (extension[1] + 2) * 4;
		if (next == IPV6_FRAGMENT) {
			size = 8;
			is_whole = !((extension[2] << 8 | extension[3]) & fragment_offset);
		}
		next = extension[0];
		skip_bytes(bytes, size);
	}
	/* What a later fragment begins with is no header. */
	if (!is_whole)
		headers->protocol = next;
	return false;
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
	struct net_device *device = BPF_CORE_READ(packet, dev);
	struct dst_entry *route;

	if (BPF_CORE_READ(device, ifindex))
		return device;
	route = (void *)(BPF_CORE_READ(packet, _skb_refdst) & ~SKB_DST_NOREF);
	return BPF_CORE_READ(route, dev);
}

/* The ends of a packet, the source being where it comes from, and its protocols. */
static __always_inline void read_packet(struct sk_buff *packet, struct packet_headers *headers)
{
	struct packet_bytes bytes = network_bytes(packet);
	struct tcp_header header = {};
	bool is_whole = false;

	headers->ethertype = bpf_ntohs(BPF_CORE_READ(packet, protocol));
	if (headers->ethertype == ETH_P_IP)
		is_whole = take_ipv4(&bytes, headers);
	else if (headers->ethertype == ETH_P_IPV6)
		is_whole = take_ipv6(&bytes, headers);
	if (!is_whole)
		return;
	if (headers->protocol == IPPROTO_TCP)
		headers->has_ports = take_bytes(&bytes, &header, sizeof(header));
	else if (headers->protocol == IPPROTO_UDP)
		headers->has_ports = take_bytes(&bytes, &header, 4);
	if (!headers->has_ports)
		return;
	headers->ends.source_port = bpf_ntohs(header.source_port);
	headers->ends.destination_port = bpf_ntohs(header.destination_port);
	headers->tcp_flags = header.flags;
}

#endif
