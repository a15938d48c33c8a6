/* SPDX-License-Identifier: GPL-2.0 */
/* The headers of a packet, as far as they can be had without changing it. */
#ifndef LIB_PACKET_HEADERS_BPF_H
#define LIB_PACKET_HEADERS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "endpoints.h"
#include "ip_headers.bpf.h"

/*
 * Where a packet's bytes are: the paged part of a large one is not among them. A pointer
 * of the context is direct: what it points to is read in place, else by a helper.
 */
struct packet_bytes {
	const unsigned char *at;
	const unsigned char *end;
};

static __always_inline bool take_bytes(struct packet_bytes *bytes, void *to, __u32 size,
				       const bool direct)
{
	if (bytes->at + size > bytes->end)
		return false;
	if (!direct)
		return !bpf_probe_read_kernel(to, size, bytes->at);
	/* Of any alignment: without this the compiler reads byte by byte. */
	__builtin_memcpy(to, __builtin_assume_aligned(bytes->at, 4), size);
	return true;
}

/* What the headers of a packet say. */
struct packet_headers {
	struct endpoints ends; /* version 0: it is no packet of the Internet Protocol */
	__u16 ethertype;
	__u8 protocol; /* above the Internet Protocol, where that is known */
	__u8 tcp_flags;
	bool has_ports; /* of TCP or UDP; a later fragment has none */
	__u16 size; /* of the headers after that of the link; 0 where there are no ports */
};

static __always_inline bool is_tagged(__u16 ethertype)
{
	return ethertype == ETH_P_8021Q || ethertype == ETH_P_8021AD;
}

/*
 * The header of the link, with the tags of virtual networks that it has. Without a link the
 * protocol is that of the first byte, where it is not known yet. False in a spoilt packet.
 */
static __always_inline bool take_link(struct packet_bytes *bytes, __u32 size,
				      struct packet_headers *headers, const bool direct)
{
	struct ethernet_header header;
	struct vlan_tag tag;
	__u8 first;

	if (!size) {
		if (headers->ethertype)
			return true;
		if (!take_bytes(bytes, &first, sizeof(first), direct))
			return false;
		headers->ethertype = first >> 4 == 4 ? ETH_P_IP : first >> 4 == 6 ? ETH_P_IPV6 : 0;
		return true;
	}
	if (!take_bytes(bytes, &header, sizeof(header), direct))
		return false;
	bytes->at += sizeof(header);
	headers->ethertype = bpf_ntohs(header.type);
#pragma clang loop unroll(full)
	for (int count = 0; count < 2; count++) {
		if (!is_tagged(headers->ethertype))
			break;
		if (!take_bytes(bytes, &tag, sizeof(tag), direct))
			return false;
		bytes->at += sizeof(tag);
		headers->ethertype = bpf_ntohs(tag.type);
	}
	if (headers->ethertype < ETH_P_802_3_MIN)
		headers->ethertype = ETH_P_802_2;
	return true;
}

/* False where no header of the protocol follows: in a later fragment, or a spoilt packet. */
static __always_inline bool take_ipv4(struct packet_bytes *bytes, struct packet_headers *headers,
				      const bool direct)
{
	struct ipv4_header header;

	if (!take_bytes(bytes, &header, sizeof(header), direct) ||
	    header.version_and_words >> 4 != 4)
		return false;
	headers->ends.version = 4;
	*(__be32 *)headers->ends.source = header.source;
	*(__be32 *)headers->ends.destination = header.destination;
	headers->protocol = header.protocol;
	bytes->at += (header.version_and_words & 0xf) * 4;
	return !(bpf_ntohs(header.fragment) & IPV4_FRAGMENT_OFFSET);
}

static __always_inline bool take_ipv6(struct packet_bytes *bytes, struct packet_headers *headers,
				      const bool direct)
{
	struct endpoints *ends = &headers->ends;
	bool is_whole = true;
	struct ipv6_header header;
	__u8 next;

	if (!take_bytes(bytes, &header, sizeof(header), direct) ||
	    header.version_and_class >> 4 != 6)
		return false;
	ends->version = 6;
	__builtin_memcpy(ends->source, header.source, sizeof(ends->source));
	__builtin_memcpy(ends->destination, header.destination, sizeof(ends->destination));
	bytes->at += sizeof(header);
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
		if (!take_bytes(bytes, extension, sizeof(extension), direct))
			return false;
		size = (extension[1] + 1) * 8;
		if (next == IPV6_AUTHENTICATION)
			size = (extension[1] + 2) * 4;
		if (next == IPV6_FRAGMENT) {
			size = 8;
			is_whole = !((extension[2] << 8 | extension[3]) & IPV6_FRAGMENT_OFFSET);
		}
		next = extension[0];
		bytes->at += size;
		/* Kernels before 6.4 let a loop go round by a jump only (push_insn()). */
		asm volatile("goto +0");
	}
	/* What a later fragment begins with is no header. */
	if (!is_whole)
		headers->protocol = next;
	return false;
}

/* The ends of a packet, the source being where it comes from, and its protocols. */
static __always_inline void take_headers(struct packet_bytes *bytes, struct packet_headers *headers,
					 const bool direct)
{
	const unsigned char *start = bytes->at;
	struct tcp_header header = {};
	bool is_whole = false;

	if (headers->ethertype == ETH_P_IP)
		is_whole = take_ipv4(bytes, headers, direct);
	else if (headers->ethertype == ETH_P_IPV6)
		is_whole = take_ipv6(bytes, headers, direct);
	if (!is_whole)
		return;
	if (headers->protocol == IPPROTO_TCP)
		headers->has_ports = take_bytes(bytes, &header, sizeof(header), direct);
	else if (headers->protocol == IPPROTO_UDP)
		headers->has_ports = take_bytes(bytes, &header, 4, direct);
	if (!headers->has_ports)
		return;
	headers->ends.source_port = bpf_ntohs(header.source_port);
	headers->ends.destination_port = bpf_ntohs(header.destination_port);
	headers->tcp_flags = header.flags;
	headers->size = bytes->at - start;
	headers->size += headers->protocol == IPPROTO_TCP ? (header.words >> 4) * 4 : 8;
}

#endif
