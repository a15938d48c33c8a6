// SPDX-License-Identifier: Apache-2.0
/*
 * workload binds [OPTION...] NUMBER FAMILY [TAKEN]
 * workload listens [OPTION...] NUMBER FAMILY BACKLOG [TAKEN]
 *
 * Binds so many sockets to a free port of the loopback device, each for a moment, or
 * lets so many listen there, and then as many as TAKEN (up to 64) at a port that another
 * one has.
 * FAMILY is 4, 6, mapped (IPv4 through an IPv6 socket) or unix. Prints the port and the
 * errno of each. The options: --netns (a network namespace of its own), --udp, --raw,
 * --mptcp, --freebind, --transparent, --no-port, --reuseaddr, --reuseport (of the
 * sockets), --device NAME (to which they are bound), --port NUMBER (in place of a free one),
 * --strange (for each of them, calls on a file and on no descriptor too). Says its process and the network namespace.
 */
#include "sockets.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/un.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static const char *family, *device;
static int kind = SOCK_STREAM, protocol, a_file, fixed;
static bool strange;

static struct option {
	const char *name;
	int level, option;
	bool is_set;
} options[] = {
	{ "--freebind", IPPROTO_IP, IP_FREEBIND, false },
	{ "--transparent", IPPROTO_IP, IP_TRANSPARENT, false },
	{ "--no-port", IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, false },
	{ "--reuseaddr", SOL_SOCKET, SO_REUSEADDR, false },
	{ "--reuseport", SOL_SOCKET, SO_REUSEPORT, false },
};

#define OPTIONS (sizeof(options) / sizeof(*options))

static int open_socket(void)
{
	int domain = family[0] == '4' ? AF_INET : family[0] == 'u' ? AF_UNIX : AF_INET6;
	int descriptor = socket(domain, kind, domain == AF_UNIX ? 0 : protocol), on = 1;

	if (descriptor < 0)
		die("make a socket");
	for (size_t index = 0; index < OPTIONS; index++) {
		const struct option *option = &options[index];

		if (option->is_set &&
		    setsockopt(descriptor, option->level, option->option, &on, sizeof(on)))
			die(option->name);
	}
	if (device && setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device)))
		die(device);
	return descriptor;
}

static int bind_to(int descriptor, int port)
{
	struct sockaddr_storage address = { .ss_family = AF_UNIX };
	socklen_t size = sizeof(sa_family_t);

	if (family[0] != 'u')
		size = loopback_address(family, &address, port);
	if (strange) {
		bind(a_file, (void *)&address, size);
		bind(-1, (void *)&address, size);
	}
	return bind(descriptor, (void *)&address, size) ? errno : 0;
}

static int listen_at(int descriptor, int backlog)
{
	if (strange) {
		listen(a_file, backlog);
		listen(-1, backlog);
	}
	return listen(descriptor, backlog) ? errno : 0;
}

static void show(int descriptor, int error, int port, long count)
{
	if (count <= 1000)
		printf("%d %d\n", port || family[0] == 'u' ? port : socket_port(descriptor), error);
}

/* Takes the options away. */
static void prepare(int *count, char ***arguments)
{
	for (; *count && !strncmp(**arguments, "--", 2); ++*arguments, --*count) {
		const char *name = **arguments;
		bool found = true;

		if (!strcmp(name, "--netns"))
			own_network();
		else if (!strcmp(name, "--udp"))
			kind = SOCK_DGRAM;
		else if (!strcmp(name, "--raw"))
			kind = SOCK_RAW, protocol = IPPROTO_ICMP;
		else if (!strcmp(name, "--mptcp"))
			protocol = IPPROTO_MPTCP;
		else if (!strcmp(name, "--strange"))
			strange = true;
		else if (!strcmp(name, "--device") && *count > 1)
			device = *++*arguments, --*count;
		else if (!strcmp(name, "--port") && *count > 1)
			fixed = number(*++*arguments), --*count;
		else
			found = false;
		for (size_t index = 0; index < OPTIONS && !found; index++) {
			if (!strcmp(options[index].name, name))
				found = options[index].is_set = true;
		}
		if (!found)
			usage(name);
	}
	a_file = open("/dev/null", O_RDONLY);
}

static int binds(int count, char **arguments)
{
	long times, taken;
	int other, port;

	prepare(&count, &arguments);
	if (count < 2 || count > 3)
		usage("binds [OPTION...] NUMBER FAMILY [TAKEN]");
	times = number(arguments[0]);
	family = arguments[1];
	taken = count > 2 ? number(arguments[2]) : 0;
	other = open_socket();
	if (taken && bind_to(other, fixed))
		die("bind");
	port = taken ? socket_port(other) : 0;
	await_go("%d %lu", getpid(), network_namespace());
	for (long done = 0; done < times + taken; done++) {
		int descriptor = open_socket(), wanted = done < times ? fixed : port;
		int error = bind_to(descriptor, wanted);

		show(descriptor, error, wanted, times);
		close(descriptor);
	}
	return 0;
}

static int listens(int count, char **arguments)
{
	long times, taken, backlog;
	int late[64], other, port = 0;

	prepare(&count, &arguments);
	if (count < 3 || count > 4)
		usage("listens [OPTION...] NUMBER FAMILY BACKLOG [TAKEN]");
	times = number(arguments[0]);
	family = arguments[1];
	backlog = number(arguments[2]);
	taken = count > 3 ? number(arguments[3]) : 0;
	/* Of those that may be bound to the same port, one may listen. */
	options[3].is_set |= taken > 0;
	other = open_socket();
	if (taken && bind_to(other, 0))
		die("bind");
	for (int index = 0; index < taken && index < 64; index++) {
		late[index] = open_socket();
		port = socket_port(other);
		if (bind_to(late[index], port))
			die("bind to the same port");
	}
	if (taken && listen(other, 1))
		die("listen");
	await_go("%d %lu", getpid(), network_namespace());
	for (long done = 0; done < times; done++) {
		int descriptor = open_socket();

		if (bind_to(descriptor, 0))
			die("bind");
		show(descriptor, listen_at(descriptor, backlog), 0, times);
		close(descriptor);
	}
	for (int index = 0; index < taken && index < 64; index++)
		show(late[index], listen_at(late[index], backlog), port, times);
	return 0;
}

WORKLOAD(binds, binds);
WORKLOAD(listens, listens);
