// SPDX-License-Identifier: Apache-2.0
/*
 * workload garbage NUMBER LANGUAGE [MICROSECONDS]
 *
 * Passes so many times by the probes of a collection of garbage in a runtime (java, node, python
 * or ruby), each of which takes some time:
 *
 *   java: a full one, with the pools Young and Old of the manager Copy
 *   node: of the types 1, 2 and 4 in turn
 *   python: of the generations 0, 1 and 2 in turn, with as many objects as there were before
 *   ruby: its mark and its sweep, with semaphores
 *
 * Before them are two ends without a begin, and a begin without an end. With hostile it is java
 * with names that are long, nowhere, or no text.
 *
 * workload javathreads NUMBER
 *
 * Passes by the probes of so many threads of Java that start and stop, worker-1 and so on.
 */
#include <sys/syscall.h>
#include "notes.h"
#include "workload.h"

#define ONE_PLACE __attribute__((noinline))

volatile unsigned short ruby_mark_semaphore __attribute__((section(".probes"), used));
volatile unsigned short ruby_sweep_semaphore __attribute__((section(".probes"), used));

/* The names have no NUL. */
struct pool {
	const char *manager;
	long manager_size;
	const char *name;
	long name_size;
};

static const struct pool pools[] = {
	{ "Copy[", 4, "Young[", 5 },
	{ "Copy[", 4, "Old[", 3 },
};

#define POOL_NOTE(NAME, POOL, USED)                                              \
	NOTE("hotspot", NAME, "0", "8@%0 8@%1 8@%2 8@%3 8@%4 8@%5 8@%4 -8@%6",   \
	     "r"((POOL)->manager), "r"((POOL)->manager_size), "r"((POOL)->name), \
	     "r"((POOL)->name_size), "r"(0l), "r"(USED), "r"(-1l))

static ONE_PLACE void pool_begins(const struct pool *pool)
{
	POOL_NOTE("mem__pool__gc__begin", pool, 5000l);
}

static ONE_PLACE void pool_ends(const struct pool *pool)
{
	POOL_NOTE("mem__pool__gc__end", pool, 3000l);
}

static ONE_PLACE void java_begins(long number)
{
	NOTE("hotspot", "gc__begin", "0", "1@%0", "r"((char)1));
	pool_begins(&pools[0]);
	pool_begins(&pools[1]);
}

static ONE_PLACE void java_ends(long number)
{
	pool_ends(&pools[0]);
	pool_ends(&pools[1]);
	NOTE("hotspot", "gc__end", "0", "");
}

static ONE_PLACE void node_begins(long number)
{
	NOTE("node", "gc__start", "0", "-4@%0 -4@%1", "r"(1 << number % 3), "r"(0));
}

static ONE_PLACE void node_ends(long number)
{
	NOTE("node", "gc__done", "0", "-4@%0 -4@%1", "r"(1 << number % 3), "r"(0));
}

static ONE_PLACE void python_begins(long number)
{
	NOTE("python", "gc__start", "0", "-4@%0", "r"((int)(number % 3)));
}

static ONE_PLACE void python_ends(long number)
{
	NOTE("python", "gc__done", "0", "-8@%0", "r"(number));
}

static ONE_PLACE void ruby_begins(long number)
{
	if (ruby_mark_semaphore)
		NOTE("ruby", "gc__mark__begin", "ruby_mark_semaphore", "");
	if (ruby_sweep_semaphore)
		NOTE("ruby", "gc__sweep__begin", "ruby_sweep_semaphore", "");
}

static ONE_PLACE void ruby_ends(long number)
{
	if (ruby_sweep_semaphore)
		NOTE("ruby", "gc__sweep__end", "ruby_sweep_semaphore", "");
	if (ruby_mark_semaphore)
		NOTE("ruby", "gc__mark__end", "ruby_mark_semaphore", "");
}

static char long_name[5000], bytes[] = "\033[31m\"\n\\\xff\xfe";

static const struct pool hostile_pools[] = {
	{ bytes, sizeof(bytes) - 1, long_name, sizeof(long_name) },
	{ "", 0, (const char *)1, 1000 },
	{ (const char *)-1, -1, bytes, 1l << 62 },
};

static ONE_PLACE void hostile_begins(long number)
{
	memset(long_name, 'x', sizeof(long_name));
	bytes[0] = '\033';
	pool_begins(&hostile_pools[number % 3]);
}

static ONE_PLACE void hostile_ends(long number)
{
	pool_ends(&hostile_pools[number % 3]);
}

static const struct runtime {
	const char *name;
	void (*begins)(long number);
	void (*ends)(long number);
	bool several; /* that are open at a time */
} runtimes[] = {
	{ "java", java_begins, java_ends, true },
	{ "node", node_begins, node_ends, false },
	{ "python", python_begins, python_ends, false },
	{ "ruby", ruby_begins, ruby_ends, false },
	{ "hostile", hostile_begins, hostile_ends, true },
};

static int garbage(int count, char **arguments)
{
	const struct runtime *runtime = NULL;
	long microseconds = count == 3 ? number(arguments[2]) : 0;

	for (size_t index = 0; count > 1 && index < sizeof(runtimes) / sizeof(runtimes[0]);
	     index++) {
		if (!strcmp(runtimes[index].name, arguments[1]))
			runtime = &runtimes[index];
	}
	if (count < 2 || count > 3 || !runtime)
		usage("garbage NUMBER LANGUAGE [MICROSECONDS]");
	await_go("%d", getpid());
	runtime->ends(0);
	runtime->ends(0);
	for (long done = 0; done < number(arguments[0]); done++) {
		if (!done && !runtime->several)
			runtime->begins(1);
		runtime->begins(done);
		if (microseconds)
			usleep(microseconds);
		runtime->ends(done);
	}
	return 0;
}

WORKLOAD(garbage, garbage);

#define THREAD_NOTE(NAME, TEXT, SIZE, ID)                                                       \
	NOTE("hotspot", NAME, "0", "8@%0 -4@%1 -8@%2 8@%3 1@%4", "r"(TEXT), "r"(SIZE), "r"(ID), \
	     "r"(syscall(SYS_gettid)), "r"((char)1))

static int javathreads(int count, char **arguments)
{
	char name[32];

	if (count != 1)
		usage("javathreads NUMBER");
	await_go("%d", getpid());
	for (long id = 1; id <= number(arguments[0]); id++) {
		/* What comes after the name is no part of it. */
		int size = snprintf(name, sizeof(name), "worker-%ld]", id) - 1;

		THREAD_NOTE("thread__start", name, size, id);
		THREAD_NOTE("thread__stop", name, size, id);
	}
	return 0;
}

WORKLOAD(javathreads, javathreads);
