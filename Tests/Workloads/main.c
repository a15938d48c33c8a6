// SPDX-License-Identifier: Apache-2.0
#include "workload.h"

#include <pthread.h>

#include <stdarg.h>

/* clang-format off: a line for each. */
static const struct {
	const char *name;
	int (*run)(int count, char **arguments);
} workloads[] = {
	{ "opens", opens },	    { "execs", execs },		{ "connects", connects },
	{ "blocks", blocks },	    { "dirties", dirty_pages }, { "loop", loop_device },
	{ "waits", waits },	    { "reads", reads },		{ "pings", pings },
	{ "calls", calls },	    { "env", environment },	{ "objects", kernel_objects },
	{ "sessions", sessions },   { "burns", burns },		{ "naps", naps },
	{ "pages", pages_of_file }, { "checks", checks },	{ "files", files },
	{ "functions", functions }, { "lookups", lookups },
};
/* clang-format on */

void await_go(const char *format, ...)
{
	va_list arguments;
	char byte = 0;

	printf("ready ");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	fflush(stdout);
	while (byte != '\n') {
		if (read(STDIN_FILENO, &byte, 1) != 1)
			exit(1); /* whoever started it is gone */
	}
}

void work_in(bool thread, void *(*work)(void *))
{
	pthread_t own;

	if (!thread) {
		work(NULL);
		return;
	}
	if (pthread_create(&own, NULL, work, NULL))
		die("make a thread");
	pthread_join(own, NULL);
}

void die(const char *what)
{
	fprintf(stderr, "workload: %s: %s\n", what, strerror(errno));
	exit(1);
}

void usage(const char *how)
{
	fprintf(stderr, "workload: wrong arguments: %s\n", how);
	exit(64);
}

/* Turns "hex:6162" into the bytes that it says; no command line is safe else. */
static void decode(char *argument)
{
	char *to = argument;
	unsigned int byte;

	if (strncmp(argument, "hex:", 4))
		return;
	for (const char *from = argument + 4; sscanf(from, "%2x", &byte) == 1; from += 2)
		*to++ = byte;
	*to = '\0';
}

int main(int count, char **arguments)
{
	/* What the exec workload turns into, by name or as an interpreter. */
	if (!strcmp(arguments[0], "nothing") || (count > 1 && !strcmp(arguments[1], "nothing")))
		return 0;
	if (count < 2)
		usage("workload NAME ARGUMENT...");
	for (int index = 2; index < count; index++)
		decode(arguments[index]);
	for (size_t index = 0; index < sizeof(workloads) / sizeof(*workloads); index++) {
		if (!strcmp(arguments[1], workloads[index].name))
			return workloads[index].run(count - 2, arguments + 2);
	}
	usage(arguments[1]);
}
