// SPDX-License-Identifier: Apache-2.0
/*
 * workload congestions NUMBER FAMILY [MILLISECONDS]
 *
 * So many TCP sessions at once over the loopback device of a network namespace of its own, in
 * each of which a byte from the client is lost until the client has noticed and that time has
 * passed, 300 ms by default. Says the namespace and the port of the server first, and at the end for each
 * session the port of the client. The sessions have no end that the other end hears of.
 */
#include "sockets.h"

#define CA_OPEN 0
#define CA_LOSS 4

static void await_state(int *clients, long count, int state)
{
	for (long index = 0; index < count; index++) {
		while (tcp_state(clients[index]).tcpi_ca_state != state)
			usleep(1000);
	}
}

static int congestions(int count, char **arguments)
{
	struct sockaddr_storage address;
	int listener, *clients, *servers;
	socklen_t size;
	long times, milliseconds;

	if (count != 2 && count != 3)
		usage("congestions NUMBER FAMILY [MILLISECONDS]");
	milliseconds = count == 3 ? number(arguments[2]) : 300;
	times = number(arguments[0]);
	own_network();
	size = loopback_address(arguments[1], &address, 0);
	listener = socket(address.ss_family, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (void *)&address, size) || listen(listener, 1))
		die("listen");
	size = loopback_address(arguments[1], &address, socket_port(listener));
	clients = calloc(times, sizeof(*clients));
	servers = calloc(times, sizeof(*servers));
	await_go("%lu %d", network_namespace(), socket_port(listener));
	for (long index = 0; index < times; index++) {
		clients[index] = socket(address.ss_family, SOCK_STREAM, 0);
		if (clients[index] < 0 || connect(clients[index], (void *)&address, size))
			die("connect");
		servers[index] = accept(listener, NULL, NULL);
		if (servers[index] < 0)
			die("accept");
		lose_packets(servers[index], 100);
	}
	for (long index = 0; index < times; index++) {
		if (write(clients[index], "", 1) != 1)
			die("send");
	}
	await_state(clients, times, CA_LOSS);
	usleep(milliseconds * 1000);
	for (long index = 0; index < times; index++)
		receive_packets(servers[index]);
	await_state(clients, times, CA_OPEN);
	for (long index = 0; index < times; index++) {
		printf("%d\n", socket_port(clients[index]));
		end_in_silence(clients[index]);
		end_in_silence(servers[index]);
	}
	free(clients);
	free(servers);
	return 0;
}

WORKLOAD(congestions, congestions);
