// SPDX-License-Identifier: Apache-2.0
/*
 * workload examples NUMBER
 *
 * So often what the examples of trace and argdist look at: calls of functions of the C library,
 * some of which fail; of a typed_line() that returns "a line"; and by the probes of a library of
 * threads (USDT) that creates and starts one at the address 0x5eed.
 */
#include "notes.h"
#include "workload.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>

__attribute__((noinline)) const char *typed_line(const char *prompt)
{
	static char line[8];

	asm volatile("" : : "r"(prompt));
	/* In memory that is there. */
	strcpy(line, "a line");
	return line;
}

static void make_thread(void)
{
	long thread = 1, attributes = 0, start = 0x5eed, argument = 7;

	NOTE("libpthread", "pthread_create", "0", "8@%0 8@%1 8@%2 8@%3", "r"(thread),
	     "r"(attributes), "r"(start), "r"(argument));
	NOTE("libpthread", "pthread_start", "0", "8@%0 8@%1 8@%2", "r"(thread), "r"(start),
	     "r"(argument));
}

static void fork_once(void)
{
	pid_t child = fork();

	if (!child)
		_exit(0);
	if (child < 0 || waitpid(child, NULL, 0) != child)
		die("fork");
}

static int examples(int count, char **arguments)
{
	const struct timespec time = { .tv_nsec = 1 };
	/* Not known to the compiler, which knows what these functions do. */
	volatile size_t size = 16;
	volatile int none = -1;
	struct in_addr address;
	char byte;

	if (count != 1)
		usage("examples NUMBER");
	await_go("%d", getpid());
	for (long times = number(arguments[0]); times > 0; times--) {
		/* O_RDWR and more, which is ignored. */
		int file = open("/dev/null", 42);
		/* Or the compiler drops both calls. */
		void *volatile memory = malloc(size);

		free(memory);
		if (file < 0 || write(1, "\n", 1) != 1)
			die("write");
		close(file);
		if (read(none, &byte, 1) >= 0 || write(none, "", 1) >= 0)
			die("fail");
		if (inet_pton(AF_INET, "127.0.0.1", &address) != 1)
			die("read an address");
		sleep(none + 1);
		nanosleep(&time, NULL);
		typed_line("> ");
		make_thread();
		fork_once();
	}
	return 0;
}

WORKLOAD(examples, examples);
