// SPDX-License-Identifier: Apache-2.0
/*
 * workload queries NUMBER [postgres|mysql|command|packet] [MICROSECONDS]
 *
 * Has so many queries carried out, "select 1" and so on, each of which takes some time: by
 * passing by the USDT probes of one of these servers, or by a function of the name that
 * MySQL's has from 5.7 on (command) or that MariaDB's has (packet). With a function there is
 * another command between two queries.
 */
#include "notes.h"
#include "workload.h"

#define QUERY_SIZE 64
#define COM_QUERY  3
#define COM_PING   14

#define EXPORTED   __attribute__((noinline, noclone, used))

struct command_data {
	const char *query;
	unsigned int length;
};

static long microseconds;

static void work(void)
{
	if (microseconds)
		usleep(microseconds);
}

EXPORTED int
dispatch_data(void *thread, const struct command_data *data,
	      int command) __asm__("_Z16dispatch_commandP3THDPK8COM_DATA19enum_server_command");
EXPORTED int
dispatch_packet(int command, void *thread, char *packet, unsigned int length,
		bool blocking) __asm__("_Z16dispatch_command19enum_server_commandP3THDPcjb");

int dispatch_data(void *thread, const struct command_data *data, int command)
{
	/* Or nobody seems to read what it points to. */
	asm volatile("" : : "r"(data) : "memory");
	work();
	return thread || command < 0;
}

int dispatch_packet(int command, void *thread, char *packet, unsigned int length, bool blocking)
{
	work();
	return thread || !packet || !length || blocking || command < 0;
}

static void carry_out(const char *how, char *query)
{
	struct command_data data = { query, strlen(query) };
	char *const text = query;
	char *copy = query;

	/* The compiler does not know that it is the same. */
	asm volatile("" : "+r"(copy));
	if (!strcmp(how, "command")) {
		dispatch_data(NULL, &data, COM_QUERY);
		dispatch_data(NULL, &data, COM_PING);
	} else if (!strcmp(how, "packet")) {
		dispatch_packet(COM_QUERY, NULL, query, data.length, false);
		dispatch_packet(COM_PING, NULL, query, data.length, false);
	} else if (!strcmp(how, "mysql")) {
		PROBE("mysql", "query__start", "0", text, 1l);
		work();
		PROBE("mysql", "query__done", "0", 0l, 0l);
	} else if (*query) {
		/* In two places, each with its own registers. */
		if (data.length & 1)
			PROBE("postgresql", "query__start", "0", text, text);
		else
			PROBE("postgresql", "query__start", "0", copy, how);
		work();
		PROBE("postgresql", "query__done", "0", text, 0l);
	}
}

static int queries(int count, char **arguments)
{
	const char *how = count > 1 ? arguments[1] : "postgres";
	char query[QUERY_SIZE];

	if (count < 1 || count > 3)
		usage("queries NUMBER [postgres|mysql|command|packet] [MICROSECONDS]");
	microseconds = count == 3 ? number(arguments[2]) : 0;
	await_go("%d", getpid());
	for (long done = 1; done <= number(arguments[0]); done++) {
		snprintf(query, sizeof(query), "select %ld", done);
		carry_out(how, query);
	}
	return 0;
}

WORKLOAD(queries, queries);
