/* SPDX-License-Identifier: GPL-2.0 */
/* A packet as a program at the sockets of a control group gets it: from its IP header on. */
#ifndef BPF_DNSSNOOP_BPF_H
#define BPF_DNSSNOOP_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "endpoints.h"
#include "lib/ip_headers.bpf.h"

/* Where the data of a datagram or a segment begins. */
struct socket_packet {
	struct endpoints ends; /* the source is where it comes from */
	__u32 data;
	__u8 protocol;
};

static __always_inline bool skip_ipv4_header(struct __sk_buff *packet, struct socket_packet *found)
{
	struct ipv4_header header;

	if (bpf_skb_load_bytes(packet, 0, &header, sizeof(header)) ||
	    bpf_ntohs(header.fragment) & IPV4_FRAGMENT_OFFSET)
		return false;
	*(__be32 *)found->ends.source = header.source;
	*(__be32 *)found->ends.destination = header.destination;
	found->protocol = header.protocol;
	found->data = (header.version_and_words & 0xf) * 4;
	return true;
}

/* Of the headers between, a packet of UDP or TCP has at most that of a fragment. */
static __always_inline bool skip_ipv6_header(struct __sk_buff *packet, struct socket_packet *found)
{
	struct ipv6_header header;
	__u8 fragment[8];

	if (bpf_skb_load_bytes(packet, 0, &header, sizeof(header)))
		return false;
	__builtin_memcpy(found->ends.source, header.source, sizeof(header.source));
	__builtin_memcpy(found->ends.destination, header.destination, sizeof(header.destination));
	found->protocol = header.next;
	found->data = sizeof(header);
	if (header.next != IPV6_FRAGMENT)
		return true;
	if (bpf_skb_load_bytes(packet, sizeof(header), fragment, sizeof(fragment)) ||
	    (fragment[2] << 8 | fragment[3]) & IPV6_FRAGMENT_OFFSET)
		return false;
	found->protocol = fragment[0];
	found->data += sizeof(fragment);
	return true;
}

/* False in what is no packet of the Internet Protocol, and in later fragments. */
static __always_inline bool skip_ip_header(struct __sk_buff *packet, struct socket_packet *found)
{
	__u8 first;

	if (bpf_skb_load_bytes(packet, 0, &first, sizeof(first)))
		return false;
	found->ends.version = first >> 4;
	if (found->ends.version == 4)
		return skip_ipv4_header(packet, found);
	return found->ends.version == 6 && skip_ipv6_header(packet, found);
}

/* Finds the data of UDP or TCP; false in other packets, and in later fragments. */
static __always_inline bool read_socket_packet(struct __sk_buff *packet,
					       struct socket_packet *found)
{
	__u8 bytes[13] = {};
	__u32 size = 8;

	if (!skip_ip_header(packet, found))
		return false;
	if (found->protocol == IPPROTO_TCP)
		size = sizeof(bytes);
	else if (found->protocol != IPPROTO_UDP)
		return false;
	if (bpf_skb_load_bytes(packet, found->data, bytes, size == 8 ? 8 : sizeof(bytes)))
		return false;
	found->ends.source_port = bytes[0] << 8 | bytes[1];
	found->ends.destination_port = bytes[2] << 8 | bytes[3];
	found->data += size == 8 ? 8 : (bytes[12] >> 4) * 4;
	return true;
}

#endif
