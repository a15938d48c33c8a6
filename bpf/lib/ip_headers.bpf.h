/* SPDX-License-Identifier: GPL-2.0 */
/* Headers as they are on the wire. */
#ifndef LIB_IP_HEADERS_BPF_H
#define LIB_IP_HEADERS_BPF_H

#include "vmlinux.h"

/* linux/if_ether.h, linux/in.h, linux/ipv6.h */
#define ETH_P_802_2	     0x0004
#define ETH_P_8021Q	     0x8100
#define ETH_P_8021AD	     0x88a8
#define ETH_P_IP	     0x0800
#define ETH_P_IPV6	     0x86dd
#define IPPROTO_TCP	     6
#define IPPROTO_UDP	     17
#define IPV6_HOP_BY_HOP	     0
#define IPV6_ROUTING	     43
#define IPV6_FRAGMENT	     44
#define IPV6_AUTHENTICATION  51
#define IPV6_DESTINATION     60

#define IPV4_FRAGMENT_OFFSET 0x1fff
#define IPV6_FRAGMENT_OFFSET 0xfff8

/* More extension headers than any packet has that is not made to confuse. */
#define IPV6_EXTENSIONS	     8

/* A type below this is the length of a frame of IEEE 802.3. */
#define ETH_P_802_3_MIN	     0x0600

struct ethernet_header {
	__u8 destination[6];
	__u8 source[6];
	__be16 type;
};

/* IEEE 802.1Q: it stands before the type. */
struct vlan_tag {
	__be16 control;
	__be16 type;
};

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

#endif
