/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workloads whose number of events is known. Each prepares itself, says what a
 * tracer may want to know in one line that begins with "ready", waits for a
 * line on standard input, does exactly what it was asked, and tells of it. An
 * argument such as hex:2f00ff is the bytes that it says.
 */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct workload {
	const char *name;
	int (*run)(int count, char **arguments);
};

/* A file says so that it has a workload of this name. */
#define WORKLOAD(NAME, RUN)                                                                    \
	__attribute__((used, retain,                                                           \
		       section("workloads"))) static const struct workload NAME##_workload = { \
		#NAME, RUN                                                                     \
	}

/* Says "ready" and the text, and waits to be told to go. */
void await_go(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Does the work, in a thread of its own where that is asked for. */
void work_in(bool thread, void *(*work)(void *));

/*
 * The address of the loopback device in a family: 4, 6 or mapped (IPv4 through an IPv6
 * socket). Returns its size.
 */
socklen_t loopback_address(const char *family, struct sockaddr_storage *address, int port);

/* How much of the CPU this process used, in nanoseconds. */
long long cpu_time(void);

/* Ends the process with what was being done and why it failed. */
void die(const char *what) __attribute__((noreturn));
void usage(const char *how) __attribute__((noreturn));

static inline long number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 0);

	if (!*text || *end)
		usage(text);
	return value;
}

#endif
