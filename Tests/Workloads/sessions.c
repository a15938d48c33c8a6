// SPDX-License-Identifier: Apache-2.0
/*
 * workload sessions [--server-closes] [--reset] [--unaccepted] [--hold MILLISECONDS]
 *                   [--loss PERCENT] [--deaf] NUMBER FAMILY SENT RECEIVED
 *
 * So many sessions of TCP, one after the other, over the loopback device of a
 * network namespace of its own; FAMILY is 4, 6 or mapped. The client is this
 * process and sends so many bytes, the server is a child and sends so many back.
 * The client closes first, or the server does; with --reset the client ends the
 * session with a reset, with --unaccepted it does so before the server has accepted
 * it. With --loss each end drops that part of the packets that it receives, by
 * chance; with --deaf all sessions begin at the same time, and no answer reaches the
 * clients until each has been sent again. Says the port, the server's process and the namespace first; prints for
 * each session the port of the client, and at the end how many segments the
 * namespace has sent again and how many probes for lost ones (RetransSegs of
 * /proc/net/snmp, TCPLossProbes of /proc/net/netstat).
 */
#include "sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static bool server_closes, resets, unaccepted, deaf;
static const char *family;
static long loss, hold, to_server, to_client;
/* The turn goes to the server by this. */
static int turn[2];

static void send_bytes(int descriptor, long count)
{
	static char block[65536];

	while (count > 0) {
		long size = count < (long)sizeof(block) ? count : (long)sizeof(block);
		long done = write(descriptor, block, size);

		if (done <= 0)
			die("send");
		count -= done;
	}
}

static void receive_bytes(int descriptor, long count)
{
	static char block[65536];

	while (count > 0) {
		long done = read(descriptor, block, sizeof(block));

		if (done <= 0)
			die("receive");
		count -= done;
	}
}

/* Waits for the other end to close, or closes; then until the session is over. */
static void finish(int descriptor, bool first)
{
	char byte;

	while (!first && read(descriptor, &byte, 1) > 0)
		;
	shutdown(descriptor, SHUT_WR);
	while (tcp_state(descriptor).tcpi_state != TCP_CLOSE)
		usleep(500);
	close(descriptor);
}

static void reset(int descriptor)
{
	struct linger at_once = { .l_onoff = 1 };

	setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(descriptor);
}

/* How many sockets of a port are open in this namespace, besides the listener. */
static int open_sockets(int port)
{
	char line[512], wanted[16];
	int found = 0;
	FILE *file;

	snprintf(wanted, sizeof(wanted), ":%04X", port);
	file = fopen(strcmp(family, "4") ? "/proc/self/net/tcp6" : "/proc/self/net/tcp", "r");
	if (!file)
		die("read the open sockets");
	while (fgets(line, sizeof(line), file)) {
		char local[64], state[8];

		if (sscanf(line, "%*s %63s %*s %7s", local, state) == 2 && strstr(local, wanted) &&
		    strcmp(state, "0A"))
			found++;
	}
	fclose(file);
	return found;
}

static void serve(int listener)
{
	int port = socket_port(listener), descriptor;
	char byte;

	while (read(turn[0], &byte, 1) == 1) {
		while (unaccepted && open_sockets(port))
			usleep(500);
		descriptor = accept(listener, NULL, NULL);
		if (descriptor < 0)
			die("accept");
		lose_packets(descriptor, loss);
		if (!unaccepted) {
			receive_bytes(descriptor, to_server);
			send_bytes(descriptor, to_client);
		}
		finish(descriptor, server_closes);
	}
	exit(0);
}

static void run_session(int port)
{
	struct sockaddr_storage address;
	socklen_t size = loopback_address(family, &address, port);
	int descriptor = socket(address.ss_family, SOCK_STREAM, 0);

	if (descriptor < 0 || connect(descriptor, (void *)&address, size))
		die("connect");
	printf("%d\n", socket_port(descriptor));
	lose_packets(descriptor, loss);
	if (unaccepted) {
		send_bytes(descriptor, to_server);
		reset(descriptor);
	}
	if (write(turn[1], "", 1) != 1)
		die("tell the server");
	if (unaccepted)
		return;
	send_bytes(descriptor, to_server);
	receive_bytes(descriptor, to_client);
	usleep(hold * 1000);
	if (resets)
		reset(descriptor);
	else
		finish(descriptor, !server_closes);
}

static long segments_sent_again(void)
{
	return network_counter("/proc/self/net/snmp", "Tcp:", "RetransSegs");
}

/* As many at once, each with its SYN and the answer to it sent again. */
static void run_deaf(int port, long times)
{
	struct sockaddr_storage address;
	socklen_t size = loopback_address(family, &address, port);
	int *clients = calloc(times, sizeof(*clients));

	for (long index = 0; index < times; index++) {
		clients[index] = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (clients[index] < 0)
			die("make a socket");
		lose_packets(clients[index], 100);
		if (!connect(clients[index], (void *)&address, size) || errno != EINPROGRESS)
			die("connect without an answer");
		printf("%d\n", socket_port(clients[index]));
	}
	while (segments_sent_again() < 2 * times)
		usleep(10000);
	for (long index = 0; index < times; index++) {
		receive_packets(clients[index]);
	}
	for (long index = 0; index < times; index++) {
		struct pollfd wait = { .fd = clients[index], .events = POLLOUT };

		poll(&wait, 1, -1);
		reset(clients[index]);
	}
	free(clients);
}

static void parse(char ***arguments, int *count)
{
	for (; *count && (*arguments)[0][0] == '-'; (*count)--, (*arguments)++) {
		const char *option = (*arguments)[0];
		long *value = NULL;

		if (!strcmp(option, "--server-closes"))
			server_closes = true;
		else if (!strcmp(option, "--reset"))
			resets = true;
		else if (!strcmp(option, "--unaccepted"))
			unaccepted = true;
		else if (!strcmp(option, "--deaf"))
			deaf = true;
		else if (!strcmp(option, "--hold"))
			value = &hold;
		else if (!strcmp(option, "--loss"))
			value = &loss;
		else
			usage(option);
		if (!value)
			continue;
		(*count)--, (*arguments)++;
		*value = number(*count ? (*arguments)[0] : "");
	}
}

static int sessions(int count, char **arguments)
{
	struct sockaddr_storage address;
	socklen_t size;
	int listener, port;
	long times;
	pid_t child;

	parse(&arguments, &count);
	if (count != 4)
		usage("sessions [OPTION...] NUMBER FAMILY SENT RECEIVED");
	times = number(arguments[0]);
	family = arguments[1];
	to_server = number(arguments[2]);
	to_client = number(arguments[3]);
	own_network();
	size = loopback_address(family, &address, 0);
	listener = socket(address.ss_family, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (void *)&address, size) || listen(listener, 4096))
		die("listen");
	port = socket_port(listener);
	if (pipe(turn))
		die("make a pipe");
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(turn[1]);
		serve(listener);
	}
	await_go("%d %d %lu", port, child, network_namespace());
	if (deaf)
		run_deaf(port, times);
	for (long done = 0; !deaf && done < times; done++)
		run_session(port);
	close(turn[1]);
	waitpid(child, NULL, 0);
	printf("%ld %ld\n", segments_sent_again(),
	       network_counter("/proc/self/net/netstat", "TcpExt:", "TCPLossProbes"));
	return 0;
}

WORKLOAD(sessions, sessions);
