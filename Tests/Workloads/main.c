// SPDX-License-Identifier: Apache-2.0
#include "workload.h"

#include <pthread.h>

#include <stdarg.h>
#include <time.h>

/* The linker names the ends of the section. */
extern const struct workload __start_workloads[], __stop_workloads[];

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

long long cpu_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * 1000000000ll + time.tv_nsec;
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
	for (const struct workload *known = __start_workloads; known < __stop_workloads; known++) {
		if (!strcmp(arguments[1], known->name))
			return known->run(count - 2, arguments + 2);
	}
	usage(arguments[1]);
}
