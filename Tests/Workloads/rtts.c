// SPDX-License-Identifier: Apache-2.0
/*
 * workload rtts [--unmeasured] NUMBER FAMILY
 *
 * A TCP session over the loopback device of a network namespace of its own; FAMILY is 4, 6
 * or mapped. The server is a child and sends so many bytes, each when the one before has
 * been acknowledged; the client is this process, with the address 127.0.0.2 unless FAMILY
 * is 6, and sends none. With --unmeasured neither end has measured a round trip before the
 * bytes come. Says the ports of the client and of the server, the server's process and
 * the namespace first, and at the end for the client and for the server how many segments
 * it has received since the handshake and its smoothed round trip time in microseconds.
 * The session has no end that the other end hears of.
 */
#include "sockets.h"

#include <netinet/in.h>
#include <sys/wait.h>

#define HANDSHAKE_OF_CLIENT 1
#define HANDSHAKE_OF_SERVER 2

struct report {
	unsigned int segments, round_trip;
};

static const char *family;

static struct report report_of(int descriptor, unsigned int handshake)
{
	struct tcp_info info = tcp_state(descriptor);

	return (struct report){ info.tcpi_segs_in - handshake, info.tcpi_rtt };
}

static int bound(bool is_client)
{
	struct sockaddr_storage address;
	socklen_t size = loopback_address(family, &address, 0);
	int descriptor = socket(address.ss_family, SOCK_STREAM, 0);

	if (is_client && address.ss_family == AF_INET)
		((struct sockaddr_in *)&address)->sin_addr.s_addr += htonl(1);
	else if (is_client && !strcmp(family, "mapped"))
		((struct sockaddr_in6 *)&address)->sin6_addr.s6_addr[15]++;
	if (descriptor < 0 || bind(descriptor, (void *)&address, size))
		die("bind a socket");
	return descriptor;
}

static void attach(int descriptor, int to)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	if (getsockname(to, (void *)&address, &size) || connect(descriptor, (void *)&address, size))
		die("connect");
}

static void set(int descriptor, int option, int value)
{
	if (setsockopt(descriptor, IPPROTO_TCP, option, &value, sizeof(value)))
		die("set an option");
}

static void send_bytes(int descriptor, long count)
{
	while (count-- > 0) {
		if (write(descriptor, "", 1) != 1)
			die("send");
		while (tcp_state(descriptor).tcpi_unacked)
			usleep(100);
	}
}

static void receive_bytes(int descriptor, long count)
{
	char byte;

	for (; count > 0; count--) {
		set(descriptor, TCP_QUICKACK, 1);
		if (read(descriptor, &byte, 1) != 1)
			die("receive");
	}
}

static void serve(int listener, long count, int results)
{
	int descriptor = accept(listener, NULL, NULL);
	struct report report;

	if (descriptor < 0)
		die("accept");
	send_bytes(descriptor, count);
	report = report_of(descriptor, HANDSHAKE_OF_SERVER);
	end_in_silence(descriptor);
	if (write(results, &report, sizeof(report)) != sizeof(report))
		die("report");
	exit(0);
}

/* A session that is repaired exists without a handshake. */
static void repair(int descriptor, int other)
{
	set(descriptor, TCP_REPAIR, 1);
	attach(descriptor, other);
}

static void print(struct report report)
{
	printf("%u %u\n", report.segments, report.round_trip);
}

static void run_unmeasured(int server, int client, long count)
{
	repair(server, client);
	repair(client, server);
	/* Each asks the other one for its window. */
	set(server, TCP_REPAIR, 0);
	set(client, TCP_REPAIR, 0);
	set(server, TCP_REPAIR, 1);
	set(server, TCP_REPAIR, 0);
	for (; count > 0; count--) {
		set(client, TCP_QUICKACK, 1);
		send_bytes(server, 1);
		receive_bytes(client, 1);
	}
	print(report_of(client, 0));
	print(report_of(server, 0));
}

static int rtts(int count, char **arguments)
{
	bool unmeasured = count && !strcmp(arguments[0], "--unmeasured");
	int server, client, results[2];
	struct report from_server;
	pid_t child = 0;
	long times;

	count -= unmeasured, arguments += unmeasured;
	if (count != 2)
		usage("rtts [--unmeasured] NUMBER FAMILY");
	times = number(arguments[0]);
	family = arguments[1];
	own_network();
	server = bound(false);
	client = bound(true);
	if (!unmeasured) {
		if (listen(server, 1) || pipe(results))
			die("prepare the server");
		child = fork();
		if (child < 0)
			die("fork");
		if (!child)
			serve(server, times, results[1]);
	}
	await_go("%d %d %d %lu", socket_port(client), socket_port(server), child,
		 network_namespace());
	if (unmeasured) {
		run_unmeasured(server, client, times);
	} else {
		attach(client, server);
		receive_bytes(client, times);
		if (read(results[0], &from_server, sizeof(from_server)) != sizeof(from_server))
			die("hear from the server");
		print(report_of(client, HANDSHAKE_OF_CLIENT));
		print(from_server);
		waitpid(child, NULL, 0);
	}
	end_in_silence(client);
	if (unmeasured)
		end_in_silence(server);
	return 0;
}

WORKLOAD(rtts, rtts);
