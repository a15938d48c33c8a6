// SPDX-License-Identifier: Apache-2.0
/*
 * workload throttles NUMBER [THREADS]
 *
 * Makes a control group that may use 10 ms of each 50 ms of a CPU, joins it, and keeps one
 * CPU busy, with so many other threads, until its main thread was held back so many times for
 * a millisecond or longer: the account of the group's time has grown so much each time it runs
 * again. One that is let go on before it has left its CPU is not switched away from at all.
 * Then it leaves the group and removes it. Says the name of the group.
 * Prints the counters of the group: throttled periods, and microseconds.
 */
#include "workload.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>

/* The folder of the group, that above it, and whether they are of version 2. */
static char group[512], root[400];
static bool is_unified, done;
static int statistics;

static void put(const char *folder, const char *name, const char *text)
{
	char path[600];
	int file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0 || write(file, text, strlen(text)) != (ssize_t)strlen(text))
		die(path);
	close(file);
}

/* Where the controller of CPUs is mounted. */
static void find_hierarchy(void)
{
	FILE *mounts = fopen("/proc/self/mounts", "r");
	char path[400], type[64], options[256], unified[400] = "";

	if (!mounts)
		die("read the mounts");
	while (fscanf(mounts, "%*s %399s %63s %255s %*d %*d", path, type, options) == 3) {
		char *rest = options, *option;

		if (!strcmp(type, "cgroup2"))
			strcpy(unified, path);
		while (!strcmp(type, "cgroup") && (option = strsep(&rest, ","))) {
			if (!strcmp(option, "cpu"))
				strcpy(root, path);
		}
	}
	fclose(mounts);
	is_unified = !*root;
	if (is_unified)
		strcpy(root, unified);
}

static void make_group(void)
{
	char path[600];

	find_hierarchy();
	if (is_unified)
		put(root, "cgroup.subtree_control", "+cpu");
	snprintf(group, sizeof(group), "%s/throttles-%d", root, getpid());
	if (mkdir(group, 0755))
		die(group);
	if (is_unified) {
		put(group, "cpu.max", "10000 50000");
	} else {
		put(group, "cpu.cfs_period_us", "50000");
		put(group, "cpu.cfs_quota_us", "10000");
	}
	snprintf(path, sizeof(path), "%s/cpu.stat", group);
	statistics = open(path, O_RDONLY | O_CLOEXEC);
	if (statistics < 0)
		die(path);
}

/* A number of cpu.stat, or -1. */
static long long counter(const char *name)
{
	char text[1024];
	ssize_t size = pread(statistics, text, sizeof(text) - 1, 0);
	char *line;

	if (size < 0)
		die("read cpu.stat");
	text[size] = '\0';
	line = strstr(text, name);
	return line ? atoll(line + strlen(name)) : -1;
}

static void *burn(void *none)
{
	while (!__atomic_load_n(&done, __ATOMIC_RELAXED))
		;
	return none;
}

/* Microseconds. */
static long long throttled_time(void)
{
	return is_unified ? counter("throttled_usec ") : counter("throttled_time ") / 1000;
}

static void burn_until(long holds)
{
	long long before = throttled_time();

	while (holds > 0) {
		long long now;

		for (volatile int turn = 0; turn < 50000; turn++)
			;
		now = throttled_time();
		holds -= now - before >= 1000;
		before = now;
	}
	__atomic_store_n(&done, true, __ATOMIC_RELAXED);
}

static int throttles(int count, char **arguments)
{
	long others = count == 2 ? number(arguments[1]) : 0;
	pthread_t threads[16];
	cpu_set_t cpu;

	if ((count != 1 && count != 2) || others > 16)
		usage("throttles NUMBER [THREADS]");
	CPU_ZERO(&cpu);
	CPU_SET(sched_getcpu(), &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		die("stay on one CPU");
	make_group();
	await_go("%s", strrchr(group, '/') + 1);
	put(group, "cgroup.procs", "0");
	for (long index = 0; index < others; index++) {
		if (pthread_create(&threads[index], NULL, burn, NULL))
			die("make a thread");
	}
	burn_until(number(arguments[0]));
	for (long index = 0; index < others; index++)
		pthread_join(threads[index], NULL);
	put(root, "cgroup.procs", "0");
	printf("%lld %lld\n", counter("nr_throttled "), throttled_time());
	while (rmdir(group) && errno == EBUSY)
		usleep(1000);
	return 0;
}

WORKLOAD(throttles, throttles);
