// SPDX-License-Identifier: Apache-2.0
/*
 * workload streams [--hold MILLISECONDS] [--halves] NUMBER FAMILY SIZE
 *
 * Sends so many times so many bytes over a TCP connection to itself and receives them,
 * the first ones looked at before. They wait for so long, with --halves after each of two
 * segments. As many bytes go over a UDP and a Unix socket once.
 * Says the ports of the sending and of the receiving end.
 */
#include "sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static long hold;
static bool halves;

static int bound(const char *family, int type)
{
	struct sockaddr_storage address;
	socklen_t size = loopback_address(family, &address, 0);
	int descriptor = socket(address.ss_family, type, 0);

	if (descriptor < 0 || bind(descriptor, (void *)&address, size))
		die("bind a socket");
	return descriptor;
}

static void attach(int descriptor, const char *family, int port)
{
	struct sockaddr_storage address;
	socklen_t size = loopback_address(family, &address, port);

	if (connect(descriptor, (void *)&address, size))
		die("connect");
}

static void receive(int descriptor, char *bytes, long size)
{
	while (size > 0) {
		long got = recv(descriptor, bytes, size, 0);

		if (got <= 0)
			die("receive");
		size -= got;
	}
}

static void move(int from, int to, char *bytes, long size)
{
	if (send(from, bytes, size, 0) != size || recv(to, bytes, size, 0) != size)
		die("move bytes");
}

static void send_part(int descriptor, char *bytes, long size)
{
	if (send(descriptor, bytes, size, 0) != size)
		die("send");
	if (hold)
		usleep(hold * 1000);
}

static int streams(int count, char **arguments)
{
	int listener, sender, receiver, datagrams, pair[2];
	long times, size;
	char *bytes;
	int on = 1;

	for (; count && arguments[0][0] == '-'; count--, arguments++) {
		if (!strcmp(arguments[0], "--halves"))
			halves = true;
		else if (!strcmp(arguments[0], "--hold") && count > 1)
			count--, hold = number(*++arguments);
		else
			usage(arguments[0]);
	}
	if (count != 3)
		usage("streams [OPTION...] NUMBER FAMILY SIZE");
	times = number(arguments[0]);
	size = number(arguments[2]);
	bytes = calloc(1, size);
	listener = bound(arguments[1], SOCK_STREAM);
	if (listen(listener, 1))
		die("listen");
	sender = bound(arguments[1], SOCK_STREAM);
	attach(sender, arguments[1], socket_port(listener));
	receiver = accept(listener, NULL, NULL);
	datagrams = bound(arguments[1], SOCK_DGRAM);
	attach(datagrams, arguments[1], socket_port(datagrams));
	/* A segment for each send. */
	if (receiver < 0 || setsockopt(sender, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		die("make sockets");
	await_go("%d %d", socket_port(sender), socket_port(receiver));
	move(datagrams, datagrams, bytes, size);
	move(pair[0], pair[1], bytes, size);
	for (long done = 0; done < times; done++) {
		if (halves)
			send_part(sender, bytes, size / 2);
		send_part(sender, bytes, halves ? size - size / 2 : size);
		if (!done && recv(receiver, bytes, size, MSG_PEEK) <= 0)
			die("look at the first bytes");
		receive(receiver, bytes, size);
	}
	return 0;
}

WORKLOAD(streams, streams);
