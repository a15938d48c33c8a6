// SPDX-License-Identifier: Apache-2.0
/*
 * workload accepts [--accept4] [--nonblocking] [--request] [--multishot] [--mptcp] [--reset]
 *                  [--early] [--hold MILLISECONDS] NUMBER FAMILY
 *
 * Connects so many times to a port of its own over the loopback device, and accepts each
 * connection after it has waited for so long; FAMILY is 4, 6, mapped or unix. With --request
 * a request of io_uring accepts it, with --multishot one request accepts all. With --reset the
 * other end has ended the session before, with --early all connections wait before the start.
 * With --nonblocking there is, each time, an accept too many. Says the port first; prints for
 * each connection the port of the other end.
 */
#include "rings.h"
#include "workload.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/un.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static bool by_accept4, nonblocking, by_request, multishot, is_submitted, resets;
static int protocol, listener;
static long hold;
static struct sockaddr_storage address;
static socklen_t size;

static void submit_accept(void)
{
	struct io_uring_sqe request = {
		.opcode = IORING_OP_ACCEPT,
		.fd = listener,
		.ioprio = multishot ? IORING_ACCEPT_MULTISHOT : 0,
	};

	submit_request(&request);
	is_submitted = true;
}

static int accept_one(void)
{
	if (by_request || multishot) {
		if (by_request || !is_submitted)
			submit_accept();
		return next_completion();
	}
	return by_accept4 ? accept4(listener, NULL, NULL, SOCK_CLOEXEC)
			  : accept(listener, NULL, NULL);
}

static int connect_one(void)
{
	struct linger at_once = { .l_onoff = 1 };
	int descriptor = socket(address.ss_family, SOCK_STREAM, protocol);

	if (descriptor < 0 || connect(descriptor, (void *)&address, size))
		die("connect");
	if (resets)
		setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	return descriptor;
}

/* The port stands at the same place in both families. */
static int own_port(int descriptor)
{
	struct sockaddr_storage own = {};
	socklen_t length = sizeof(own);

	if (getsockname(descriptor, (void *)&own, &length))
		die("getsockname");
	return own.ss_family == AF_UNIX ? 0 : ntohs(((struct sockaddr_in *)&own)->sin_port);
}

static void take(int client)
{
	int server, port = own_port(client);

	if (resets)
		close(client);
	if (hold)
		usleep(hold * 1000);
	server = accept_one();
	if (server < 0)
		die("accept");
	if (nonblocking && (accept(listener, NULL, NULL) >= 0 || errno != EAGAIN))
		die("accept nothing");
	printf("%d\n", port);
	close(server);
	if (!resets)
		close(client);
}

static void parse(char ***arguments, int *count, bool *early)
{
	for (; *count && (*arguments)[0][0] == '-'; (*count)--, (*arguments)++) {
		const char *option = (*arguments)[0];

		if (!strcmp(option, "--accept4"))
			by_accept4 = true;
		else if (!strcmp(option, "--nonblocking"))
			nonblocking = true;
		else if (!strcmp(option, "--request"))
			by_request = true;
		else if (!strcmp(option, "--multishot"))
			multishot = true;
		else if (!strcmp(option, "--mptcp"))
			protocol = IPPROTO_MPTCP;
		else if (!strcmp(option, "--reset"))
			resets = true;
		else if (!strcmp(option, "--early"))
			*early = true;
		else if (!strcmp(option, "--hold") && *count > 1)
			(*count)--, hold = number(*++(*arguments));
		else
			usage(option);
	}
}

static int accepts(int count, char **arguments)
{
	bool early = false;
	int *clients;
	long times;

	parse(&arguments, &count, &early);
	if (count != 2)
		usage("accepts [OPTION...] NUMBER FAMILY");
	times = number(arguments[0]);
	if (!strcmp(arguments[1], "unix")) {
		/* The kernel chooses a name. */
		address.ss_family = AF_UNIX;
		size = sizeof(sa_family_t);
	} else {
		size = loopback_address(arguments[1], &address, 0);
	}
	listener = socket(address.ss_family, SOCK_STREAM | (nonblocking ? SOCK_NONBLOCK : 0),
			  protocol);
	if (listener < 0 || bind(listener, (void *)&address, size) || listen(listener, 4096))
		die("listen");
	size = sizeof(address);
	if (getsockname(listener, (void *)&address, &size))
		die("getsockname");
	if (by_request || multishot)
		make_ring();
	clients = calloc(times, sizeof(*clients));
	for (long index = 0; early && index < times; index++)
		clients[index] = connect_one();
	await_go("%d", own_port(listener));
	for (long index = 0; index < times; index++)
		take(early ? clients[index] : connect_one());
	free(clients);
	return 0;
}

WORKLOAD(accepts, accepts);
