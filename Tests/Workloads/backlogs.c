// SPDX-License-Identifier: Apache-2.0
/*
 * workload backlogs NUMBER FAMILY BACKLOG
 *
 * Connects so many times to a listener with this backlog that accepts none meanwhile, over the
 * loopback device of a network namespace of its own; FAMILY is 4, 6 or mapped, which is IPv4 to
 * a listener of IPv6. Then it accepts those that the listener let in. The listener is older
 * than the first line of output, which says the namespace; the last one says how many
 * connections found the backlog full (ListenOverflows of /proc/net/netstat).
 */
#include "sockets.h"

#include <netinet/in.h>

static long overflows(void)
{
	return network_counter("/proc/self/net/netstat", "TcpExt:", "ListenOverflows");
}

static int backlogs(int count, char **arguments)
{
	struct sockaddr_storage address;
	int listener, *clients;
	socklen_t size;
	long times, full = 0;

	if (count != 3)
		usage("backlogs NUMBER FAMILY BACKLOG");
	times = number(arguments[0]);
	own_network();
	size = loopback_address(!strcmp(arguments[1], "4") ? "4" : "6", &address, 0);
	if (!strcmp(arguments[1], "mapped"))
		((struct sockaddr_in6 *)&address)->sin6_addr = in6addr_any;
	listener = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (listener < 0 || bind(listener, (void *)&address, size) ||
	    listen(listener, number(arguments[2])))
		die("listen");
	size = loopback_address(!strcmp(arguments[1], "6") ? "6" : "4", &address,
				socket_port(listener));
	clients = calloc(times, sizeof(*clients));
	await_go("%lu", network_namespace());
	for (long index = 0; index < times; index++) {
		clients[index] = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (clients[index] < 0)
			die("make a socket");
		if (connect(clients[index], (void *)&address, size) && errno != EINPROGRESS)
			die("connect");
		/* How many wait for accept(); one that finds the backlog full tries again later. */
		while (tcp_state(listener).tcpi_unacked <= index && (full = overflows()) == 0)
			usleep(100);
	}
	while (accept(listener, NULL, NULL) >= 0)
		;
	if (errno != EAGAIN)
		die("accept");
	printf("%ld\n", full);
	free(clients);
	return 0;
}

WORKLOAD(backlogs, backlogs);
