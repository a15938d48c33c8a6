// SPDX-License-Identifier: Apache-2.0
/*
 * workload drops NUMBER FAMILY KIND
 *
 * Has the kernel drop so many packets of loopback in a network namespace of its own;
 * FAMILY is 4 or 6, with flags, broken, protocol and full 4 only. The kinds:
 *
 *   refused    SYNs to a port on which nobody listens
 *   filtered   RSTs to connected sockets with a filter that lets nothing in
 *   flags      segments without a flag that makes sense, to a connected socket
 *   broken     segments with a wrong checksum, to a port on which nobody listens
 *   udp        datagrams to a port that nobody has, which are not TCP
 *   full       datagrams to a socket that has no room for them
 *   protocol   packets of the IP protocol 253, which nobody knows (RFC 3692)
 *   link       frames of the protocol 0x88b5, which nobody knows (IEEE 802)
 *   queue      SYNs to a listener whose queue is full, which are no drops in all kernels
 *
 * Says its port and the number of the namespace first.
 */
#include "sockets.h"

#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <netinet/ip.h>

static const char *family;
static struct sockaddr_storage address;
static socklen_t size;

static int socket_of(int type, int protocol)
{
	int descriptor = socket(strcmp(family, "4") ? AF_INET6 : AF_INET, type, protocol);

	if (descriptor < 0)
		die("make a socket");
	return descriptor;
}

/* A port that is bound and has no listener cannot be had by another socket meanwhile. */
static int bind_to_port(int type)
{
	int descriptor = socket_of(type, 0);

	size = loopback_address(family, &address, 0);
	if (bind(descriptor, (void *)&address, size) ||
	    getsockname(descriptor, (void *)&address, &size))
		die("bind a socket");
	return descriptor;
}

static void refuse(void)
{
	int descriptor = socket_of(SOCK_STREAM, 0);

	if (!connect(descriptor, (void *)&address, size) || errno != ECONNREFUSED)
		die("connect to a closed port");
	close(descriptor);
}

static void connect_pair(int listener, int *client, int *server)
{
	*client = socket_of(SOCK_STREAM, 0);
	if (connect(*client, (void *)&address, size))
		die("connect");
	*server = accept(listener, NULL, NULL);
	if (*server < 0)
		die("accept");
}

static void filter(int listener)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { 1, &nothing };
	struct linger at_once = { 1, 0 };
	int client, server;

	connect_pair(listener, &client, &server);
	if (setsockopt(client, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ||
	    setsockopt(server, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)))
		die("set an option");
	close(server);
	end_in_silence(client);
}

static unsigned int sum_words(const void *bytes, size_t size)
{
	const unsigned short *words = bytes;
	unsigned int sum = 0;

	while (size > 1)
		sum += *words++, size -= 2;
	return sum;
}

/* Sends an IPv4 segment from a port to that of the address. */
static void send_segment(int raw, unsigned short source, int flags, bool is_right)
{
	struct sockaddr_in *to = (void *)&address;
	struct {
		struct iphdr ip;
		struct tcphdr tcp;
	} packet = {
		.ip = { .version = 4,
			.ihl = 5,
			.ttl = 64,
			.protocol = IPPROTO_TCP,
			.saddr = to->sin_addr.s_addr,
			.daddr = to->sin_addr.s_addr },
		.tcp = { .source = source, .dest = to->sin_port, .doff = 5 },
	};
	unsigned int sum =
		sum_words(&packet.ip.saddr, 8) + htons(IPPROTO_TCP) + htons(sizeof(packet.tcp));

	((unsigned char *)&packet.tcp)[13] = flags;
	sum += sum_words(&packet.tcp, sizeof(packet.tcp));
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	packet.tcp.check = ~sum ^ !is_right;
	if (sendto(raw, &packet, sizeof(packet), 0, (void *)to, size) != sizeof(packet))
		die("send a segment");
}

static void send_unknown(int raw)
{
	struct sockaddr_in *to = (void *)&address;
	struct iphdr packet = { .version = 4,
				.ihl = 5,
				.ttl = 64,
				.protocol = 253,
				.saddr = to->sin_addr.s_addr,
				.daddr = to->sin_addr.s_addr };

	if (sendto(raw, &packet, sizeof(packet), 0, (void *)to, size) != sizeof(packet))
		die("send a packet");
}

static unsigned short port_of(int descriptor)
{
	struct sockaddr_in own;
	socklen_t length = sizeof(own);

	if (getsockname(descriptor, (void *)&own, &length))
		die("find the port");
	return own.sin_port;
}

static void send_datagram(int descriptor)
{
	/* The answer to the one before comes as an error of this one. */
	while (sendto(descriptor, "", 1, 0, (void *)&address, size) < 0) {
		if (errno != ECONNREFUSED)
			die("send a datagram");
	}
}

/* Leaves no room in a socket: a datagram is taken as long as there was some before it. */
static void fill(int receiver, int sender)
{
	static char large[4096];
	int least = 1;

	if (setsockopt(receiver, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least)))
		die("set the size of a buffer");
	if (sendto(sender, large, sizeof(large), 0, (void *)&address, size) < 0)
		die("send a datagram");
}

static void send_frame(int packet)
{
	struct sockaddr_ll loopback = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(0x88b5),
		.sll_ifindex = if_nametoindex("lo"),
		.sll_halen = 6,
	};

	if (sendto(packet, "frame", 5, 0, (void *)&loopback, sizeof(loopback)) != 5)
		die("send a frame");
}

static void knock(void)
{
	int descriptor = socket_of(SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (!connect(descriptor, (void *)&address, size) || errno != EINPROGRESS)
		die("start to connect");
	close(descriptor);
}

static bool is(const char *kind, const char *name)
{
	return !strcmp(kind, name);
}

static int drops(int count, char **arguments)
{
	const char *kind;
	int held, raw = -1, client, server;
	bool is_udp, is_raw;

	if (count != 3)
		usage("drops NUMBER FAMILY KIND");
	family = arguments[1];
	kind = arguments[2];
	is_udp = is(kind, "udp") || is(kind, "full");
	is_raw = is(kind, "flags") || is(kind, "broken") || is(kind, "protocol");
	own_network();
	held = bind_to_port(is_udp ? SOCK_DGRAM : SOCK_STREAM);
	if ((is(kind, "flags") || is(kind, "filtered")) && listen(held, 1))
		die("listen");
	/* One of the very protocol would receive copies. */
	if (is_raw)
		raw = socket_of(SOCK_RAW, IPPROTO_RAW);
	else if (is(kind, "link"))
		raw = socket(AF_PACKET, SOCK_DGRAM, 0);
	else if (is_udp)
		raw = socket_of(SOCK_DGRAM, 0);
	if (is(kind, "udp"))
		close(held);
	if (is(kind, "queue")) {
		if (listen(held, 0))
			die("listen");
		knock();
	}
	await_go("%d %lu", ntohs(((struct sockaddr_in *)&address)->sin_port), network_namespace());
	if (is(kind, "flags"))
		connect_pair(held, &client, &server);
	if (is(kind, "full"))
		fill(held, raw);
	for (long left = number(arguments[0]); left > 0; left--) {
		if (is(kind, "refused"))
			refuse();
		else if (is(kind, "filtered"))
			filter(held);
		else if (is(kind, "flags"))
			send_segment(raw, port_of(client), 0x08, true);
		else if (is(kind, "broken"))
			send_segment(raw, htons(9), 0x10, false);
		else if (is(kind, "protocol"))
			send_unknown(raw);
		else if (is_udp)
			send_datagram(raw);
		else if (is(kind, "link"))
			send_frame(raw);
		else if (is(kind, "queue"))
			knock();
		else
			usage(kind);
	}
	if (is(kind, "flags")) {
		end_in_silence(client);
		end_in_silence(server);
	}
	return 0;
}

WORKLOAD(drops, drops);
