/* SPDX-License-Identifier: GPL-2.0 */
/* A packet as a program at the sockets of a control group gets it: from its IP header on. */
#ifndef LIB_SOCKET_PACKET_BPF_H
#define LIB_SOCKET_PACKET_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "endpoints.h"
#include "sock.bpf.h"

#define IPV6_FRAGMENT	     44
#define IP_FRAGMENT_OFFSET   0x1fff
#define IPV6_FRAGMENT_OFFSET 0xfff8

/* Where the data of a datagram or a segment begins. */
struct socket_packet {
	struct endpoints ends; /* the source is where it comes from */
	__u32 data;
	__u8 protocol;
};

static __always_inline bool take_ip_header(struct __sk_buff *packet, struct socket_packet *found)
{
	__u8 bytes[40] = {};

	if (bpf_skb_load_bytes(packet, 0, bytes, 20))
		return false;
	found->ends.version = bytes[0] >> 4;
	if (found->ends.version == 4) {
		if ((bytes[6] << 8 | bytes[7]) & IP_FRAGMENT_OFFSET)
			return false;
		found->protocol = bytes[9];
		found->data = (bytes[0] & 0xf) * 4;
		__builtin_memcpy(found->ends.source, &bytes[12], 4);
		__builtin_memcpy(found->ends.destination, &bytes[16], 4);
		return true;
	}
	if (found->ends.version != 6 || bpf_skb_load_bytes(packet, 0, bytes, sizeof(bytes)))
		return false;
	found->protocol = bytes[6];
	found->data = sizeof(bytes);
	__builtin_memcpy(found->ends.source, &bytes[8], 16);
	__builtin_memcpy(found->ends.destination, &bytes[24], 16);
	if (found->protocol != IPV6_FRAGMENT)
		return true;
	if (bpf_skb_load_bytes(packet, sizeof(bytes), bytes, 8) ||
	    (bytes[2] << 8 | bytes[3]) & IPV6_FRAGMENT_OFFSET)
		return false;
	found->protocol = bytes[0];
	found->data += 8;
	return true;
}

/* Finds the data of UDP or TCP; false in other packets, and in later fragments. */
static __always_inline bool read_socket_packet(struct __sk_buff *packet,
					       struct socket_packet *found)
{
	__u8 bytes[13] = {};
	__u32 size = 8;

	if (!take_ip_header(packet, found))
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
