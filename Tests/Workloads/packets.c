// SPDX-License-Identifier: Apache-2.0
/* Frames of Ethernet, byte by byte: from 10.7.0.1 or fd07::1 to .2, from port 4001 to 4002. */
#include "sockets.h"

#include <arpa/inet.h>

struct frame {
	unsigned char *bytes;
	int size;
};

static unsigned char *add(struct frame *frame, int size)
{
	unsigned char *start = frame->bytes + frame->size;

	memset(start, 0, size);
	frame->size += size;
	return start;
}

static void add_number(struct frame *frame, unsigned int number)
{
	unsigned char *bytes = add(frame, 2);

	bytes[0] = number >> 8;
	bytes[1] = number;
}

static void add_link(struct frame *frame, unsigned int type)
{
	memset(add(frame, 6), 255, 6);
	add(frame, 6)[0] = 2;
	add_number(frame, type);
}

static void add_tag(struct frame *frame, unsigned int type)
{
	add_number(frame, 7);
	add_number(frame, type);
}

/* words: of the header, with its options. */
static void add_ipv4(struct frame *frame, int words, int protocol, int fragment, int size)
{
	unsigned char *header = add(frame, words * 4);
	unsigned int sum = 0;

	header[0] = 0x40 | words;
	header[2] = (words * 4 + size) >> 8;
	header[3] = words * 4 + size;
	header[6] = fragment >> 11;
	header[7] = fragment >> 3;
	header[8] = 64;
	header[9] = protocol;
	inet_pton(AF_INET, "10.7.0.1", header + 12);
	inet_pton(AF_INET, "10.7.0.2", header + 16);
	memset(header + 20, 1, words * 4 - 20); /* options that do nothing */
	for (int at = 0; at < words * 4; at += 2)
		sum += header[at] << 8 | header[at + 1];
	sum = ~((sum & 0xffff) + (sum >> 16));
	header[10] = sum >> 8;
	header[11] = sum;
}

static void add_ipv6(struct frame *frame, int next, int size)
{
	unsigned char *header = add(frame, 40);

	header[0] = 0x60;
	header[5] = size;
	header[6] = next;
	header[7] = 64;
	inet_pton(AF_INET6, "fd07::1", header + 8);
	inet_pton(AF_INET6, "fd07::2", header + 24);
}

static void add_extension(struct frame *frame, int next, int size)
{
	unsigned char *header = add(frame, size);

	header[0] = next;
	header[1] = size / 8 - 1;
	header[2] = 1; /* padding */
	header[3] = size - 4;
}

static void add_ports(struct frame *frame)
{
	add_number(frame, 4001);
	add_number(frame, 4002);
}

static void add_udp(struct frame *frame, int size)
{
	add_ports(frame);
	add_number(frame, 8 + size);
	add(frame, 2 + size);
}

static void add_tcp(struct frame *frame, int size)
{
	add_ports(frame);
	add(frame, 16 + size)[8] = 5 << 4;
}

int make_packet(const char *kind, unsigned char *bytes)
{
	struct frame frame = { bytes, 0 };
	int is_ipv6 = strchr(kind, '6') != NULL;

	if (!strcmp(kind, "vlan") || !strcmp(kind, "vlans")) {
		add_link(&frame, kind[4] ? 0x88a8 : 0x8100);
		if (kind[4])
			add_tag(&frame, 0x8100);
		add_tag(&frame, 0x0800);
		kind = "udp4";
	} else if (!strcmp(kind, "length")) {
		add_link(&frame, 38);
		add(&frame, 38);
		return frame.size;
	} else if (!strcmp(kind, "arp")) {
		add_link(&frame, 0x0806);
		add(&frame, 28);
		return frame.size;
	} else {
		add_link(&frame, is_ipv6 ? 0x86dd : 0x0800);
	}
	if (!strcmp(kind, "udp4")) {
		add_ipv4(&frame, 5, IPPROTO_UDP, 0, 16);
		add_udp(&frame, 8);
	} else if (!strcmp(kind, "options4")) {
		add_ipv4(&frame, 8, IPPROTO_UDP, 0, 16);
		add_udp(&frame, 8);
	} else if (!strcmp(kind, "fragment4")) {
		add_ipv4(&frame, 5, IPPROTO_UDP, 800, 16);
		add_ports(&frame); /* no ports: they come late in the datagram */
		add(&frame, 12);
	} else if (!strcmp(kind, "cut4")) {
		add_ipv4(&frame, 5, IPPROTO_UDP, 0, 16);
		frame.size -= 10;
	} else if (!strcmp(kind, "tcp4")) {
		add_ipv4(&frame, 5, IPPROTO_TCP, 0, 20);
		add_tcp(&frame, 0);
	} else if (!strcmp(kind, "large4")) {
		add_ipv4(&frame, 5, IPPROTO_TCP, 0, 20 + 5 * SEGMENT_SIZE);
		add_tcp(&frame, 5 * SEGMENT_SIZE);
	} else if (!strcmp(kind, "udp6")) {
		add_ipv6(&frame, IPPROTO_UDP, 16);
		add_udp(&frame, 8);
	} else if (!strcmp(kind, "extensions6")) {
		add_ipv6(&frame, IPPROTO_HOPOPTS, 40);
		add_extension(&frame, IPPROTO_DSTOPTS, 8);
		add_extension(&frame, IPPROTO_UDP, 16);
		add_udp(&frame, 8);
	} else if (!strcmp(kind, "fragment6")) {
		add_ipv6(&frame, IPPROTO_FRAGMENT, 24);
		add(&frame, 8)[0] = IPPROTO_UDP;
		frame.bytes[frame.size - 6] = 3; /* the place in the datagram */
		add_ports(&frame);
		add(&frame, 12);
	} else {
		return 0;
	}
	return frame.size;
}
