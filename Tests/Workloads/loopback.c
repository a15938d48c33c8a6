// SPDX-License-Identifier: Apache-2.0
#include "workload.h"

#include <arpa/inet.h>
#include <netinet/in.h>

socklen_t loopback_address(const char *family, struct sockaddr_storage *address, int port)
{
	struct sockaddr_in *four = (void *)address;
	struct sockaddr_in6 *six = (void *)address;

	memset(address, 0, sizeof(*address));
	if (!strcmp(family, "4")) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof(*four);
	}
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(port);
	inet_pton(AF_INET6, strcmp(family, "mapped") ? "::1" : "::ffff:127.0.0.1", &six->sin6_addr);
	return sizeof(*six);
}
