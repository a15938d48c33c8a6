// SPDX-License-Identifier: Apache-2.0
/*
 * workload lookups [--threads NUMBER] NUMBER [FUNCTION [HOST]]
 *
 * So many lookups of a name, by each of so many threads at the same time. FUNCTION is
 * getaddrinfo (the default), gethostbyname or gethostbyname2; HOST is localhost, which
 * no server is asked for. Without a HOST (an empty one) getaddrinfo gets a service.
 */
#include "workload.h"

#include <netdb.h>
#include <pthread.h>

static long times;
static const char *function = "getaddrinfo", *host = "localhost";
static pthread_barrier_t barrier;

static void look_up(void)
{
	const struct addrinfo hints = { .ai_family = AF_INET };
	struct addrinfo *found;

	if (!strcmp(function, "getaddrinfo")) {
		if (!getaddrinfo(*host ? host : NULL, *host ? NULL : "0", &hints, &found))
			freeaddrinfo(found);
	} else if (!strcmp(function, "gethostbyname")) {
		gethostbyname(host);
	} else if (!strcmp(function, "gethostbyname2")) {
		gethostbyname2(host, AF_INET);
	} else {
		usage(function);
	}
}

static void *work(void *ready)
{
	pthread_barrier_wait(&barrier);
	for (long done = 0; done < times; done++)
		look_up();
	return ready;
}

static int lookups(int count, char **arguments)
{
	long threads = 1;

	if (count > 2 && !strcmp(arguments[0], "--threads")) {
		threads = number(arguments[1]);
		count -= 2, arguments += 2;
	}
	if (count < 1 || count > 3)
		usage("lookups [--threads NUMBER] NUMBER [FUNCTION [HOST]]");
	times = number(arguments[0]);
	if (count > 1)
		function = arguments[1];
	if (count > 2)
		host = arguments[2];
	await_go("%d", getpid());
	if (threads == 1) {
		pthread_barrier_init(&barrier, NULL, 1);
		work(NULL);
	} else {
		pthread_t all[threads];

		pthread_barrier_init(&barrier, NULL, threads);
		for (long index = 0; index < threads; index++) {
			if (pthread_create(&all[index], NULL, work, NULL))
				die("make a thread");
		}
		for (long index = 0; index < threads; index++)
			pthread_join(all[index], NULL);
	}
	return 0;
}

WORKLOAD(lookups, lookups);
