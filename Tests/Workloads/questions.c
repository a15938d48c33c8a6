// SPDX-License-Identifier: Apache-2.0
/*
 * workload questions NUMBER FAMILY KIND [PORT]
 *
 * Asks so many times for the address of N.a.example from a server of its own on loopback,
 * one question after the other, each from a new socket. The kinds:
 *
 *   udp, tcp   each has an answer: 192.0.2.1 after an alias, web.example
 *   late       each has it after 20 ms
 *   missing    the answer is that there is no such name
 *   silent     there is no answer
 *   spoilt     the answer's name points to itself
 *
 * Says the port of the server first. With a port the server has that, in a network
 * namespace of its own.
 */
#include "sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>

static const char *kind;
static bool is_tcp;
static int server;

static bool is(const char *name)
{
	return !strcmp(kind, name);
}

static int question(unsigned char *to, long turn)
{
	static const unsigned char rest[] = "\1a\7example\0\0\1\0\1";
	static const unsigned char head[] = { 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
	int size = sizeof(head);

	memcpy(to, head, sizeof(head));
	to[0] = turn >> 8;
	to[1] = turn;
	size += 1 + snprintf((char *)to + size + 1, 21, "%ld", turn);
	to[sizeof(head)] = size - sizeof(head) - 1;
	memcpy(to + size, rest, sizeof(rest) - 1);
	return size + sizeof(rest) - 1;
}

/* Makes a question its answer, and returns the new size. */
static int answer(unsigned char *message, int size)
{
	static const unsigned char alias[] = "\xc0\x0c\0\5\0\1\0\0\0\1\0\15\3web\7example";
	static const unsigned char address[] = "\xc0\x0c\0\1\0\1\0\0\0\1\0\4\xc0\0\2\1";

	message[2] = 0x81;
	message[3] = is("missing") ? 0x83 : 0x80;
	if (is("spoilt")) {
		message[12] = 0xc0;
		message[13] = 12;
		return size;
	}
	if (is("missing"))
		return size;
	message[7] = 2;
	/* With the NUL, which ends the name. */
	memcpy(message + size, alias, sizeof(alias));
	size += sizeof(alias);
	memcpy(message + size, address, sizeof(address) - 1);
	return size + sizeof(address) - 1;
}

static int receive(int from, unsigned char *message, struct sockaddr_storage *peer, socklen_t *size)
{
	unsigned char length[2];

	if (!is_tcp)
		return recvfrom(from, message, 512, 0, (void *)peer, size);
	if (recv(from, length, 2, MSG_WAITALL) != 2)
		return -1;
	return recv(from, message, length[0] << 8 | length[1], MSG_WAITALL);
}

static void send_to(int to, unsigned char *message, int size, void *peer, socklen_t peer_size)
{
	unsigned char framed[600] = { size >> 8, size };

	memcpy(framed + 2, message, size);
	if (sendto(to, is_tcp ? framed : message, is_tcp ? size + 2 : size, 0, peer, peer_size) < 0)
		die("send a message");
}

static void *serve(void *unused)
{
	unsigned char message[600];

	for (;;) {
		struct sockaddr_storage peer;
		socklen_t size = sizeof(peer);
		int from = is_tcp ? accept(server, NULL, NULL) : server;
		int length = receive(from, message, &peer, &size);

		if (length < 0)
			return unused;
		if (is("late"))
			usleep(20000);
		if (!is("silent"))
			send_to(from, message, answer(message, length),
				is_tcp ? NULL : (void *)&peer, is_tcp ? 0 : size);
		if (is_tcp)
			close(from);
	}
}

static int questions(int count, char **arguments)
{
	struct sockaddr_storage address;
	unsigned char message[600];
	const char *family;
	pthread_t thread;
	socklen_t size;

	if (count != 3 && count != 4)
		usage("questions NUMBER FAMILY KIND [PORT]");
	if (count > 3)
		own_network();
	family = arguments[1];
	kind = arguments[2];
	is_tcp = is("tcp");
	size = loopback_address(family, &address, count > 3 ? number(arguments[3]) : 0);
	server = socket(address.ss_family, is_tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
	if (server < 0 || bind(server, (void *)&address, size) ||
	    getsockname(server, (void *)&address, &size) || (is_tcp && listen(server, 1)))
		die("make a server");
	if (pthread_create(&thread, NULL, serve, NULL))
		die("start the server");
	await_go("%d", ntohs(((struct sockaddr_in *)&address)->sin_port));
	for (long turn = 1; turn <= number(arguments[0]); turn++) {
		int client = socket(address.ss_family, is_tcp ? SOCK_STREAM : SOCK_DGRAM, 0);

		if (client < 0 || connect(client, (void *)&address, size))
			die("connect");
		send_to(client, message, question(message, turn), NULL, 0);
		if (!is("silent") && receive(client, message, NULL, NULL) < 0)
			die("receive");
		close(client);
	}
	return 0;
}

WORKLOAD(questions, questions);
