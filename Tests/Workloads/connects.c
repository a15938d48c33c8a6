// SPDX-License-Identifier: Apache-2.0
/*
 * workload connects [--refused] [--nonblocking] [--udp] [--netns] [--self] NUMBER FAMILY
 *
 * Connects so many times over the loopback device to a port of its own; FAMILY
 * is 4, 6 or mapped (IPv4 through an IPv6 socket). With --refused nobody
 * listens there, with --netns the process stands in a network namespace where
 * nothing is up. With --self each socket connects to itself, as if both ends did at once. Says the port first; prints for each connect its own port and
 * the errno.
 */
#include "workload.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

static const char *family;
static int type = SOCK_STREAM;
static bool to_itself;

static int socket_of(int flags)
{
	int descriptor = socket(strcmp(family, "4") ? AF_INET6 : AF_INET, type | flags, 0);

	if (descriptor < 0)
		die("make a socket");
	return descriptor;
}

static int own_port(int descriptor)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	if (getsockname(descriptor, (void *)&address, &size))
		return 0;
	/* The port stands at the same place in both. */
	return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

static int finish_connect(int descriptor)
{
	struct pollfd wait = { .fd = descriptor, .events = POLLOUT };
	socklen_t size = sizeof(int);
	int error = 0;

	poll(&wait, 1, -1);
	getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
	return error;
}

static void connect_once(int port, int flags)
{
	struct sockaddr_storage address;
	socklen_t size = loopback_address(family, &address, port);
	int descriptor = socket_of(flags), error = 0;

	if (to_itself) {
		size = loopback_address(family, &address, 0);
		if (bind(descriptor, (void *)&address, size) ||
		    getsockname(descriptor, (void *)&address, &size))
			die("bind");
	}
	if (connect(descriptor, (void *)&address, size))
		error = errno == EINPROGRESS ? finish_connect(descriptor) : errno;
	printf("%d %d\n", own_port(descriptor), error);
	close(descriptor);
}

static int connects(int count, char **arguments)
{
	bool refused = false, netns = false;
	struct sockaddr_storage address;
	int server, port, flags = 0;
	socklen_t size;

	for (; count && arguments[0][0] == '-'; count--, arguments++) {
		if (!strcmp(arguments[0], "--refused"))
			refused = true;
		else if (!strcmp(arguments[0], "--nonblocking"))
			flags = SOCK_NONBLOCK;
		else if (!strcmp(arguments[0], "--udp"))
			type = SOCK_DGRAM;
		else if (!strcmp(arguments[0], "--netns"))
			netns = true;
		else if (!strcmp(arguments[0], "--self"))
			to_itself = true;
		else
			usage(arguments[0]);
	}
	if (count != 2)
		usage("connects [OPTION...] NUMBER FAMILY");
	family = arguments[1];
	size = loopback_address(family, &address, 0);
	server = socket_of(0);
	if (bind(server, (void *)&address, size))
		die("bind");
	port = own_port(server);
	if (!refused && type == SOCK_STREAM && listen(server, 4096))
		die("listen");
	if (netns && unshare(CLONE_NEWNET))
		die("unshare the network namespace");
	await_go("%d", port);
	for (long done = 0; done < number(arguments[0]); done++) {
		int peer;

		connect_once(port, flags);
		if (refused || netns || to_itself || type != SOCK_STREAM)
			continue;
		peer = accept(server, NULL, NULL);
		if (peer >= 0)
			close(peer);
	}
	return 0;
}

WORKLOAD(connects, connects);
