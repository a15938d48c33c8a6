// SPDX-License-Identifier: Apache-2.0
/*
 * workload misplaced PAGES
 *
 * Makes so many pages on the first NUMA node and uses them on a CPU of the second one until the
 * kernel has moved them all. Balances memory between nodes meanwhile, if the kernel does not.
 * Says at the end how often it used them.
 */
#include "workload.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define BALANCING "/proc/sys/kernel/numa_balancing"
#define MAX_PAGES 4096

static long page, pages;
static volatile char *start;

static void run_on_node(int node)
{
	char path[64];
	cpu_set_t cpus;
	int cpu;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/cpulist", node);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%d", &cpu) != 1)
		die(path);
	fclose(file);
	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		die("move to a node");
}

/* How many pages are not on a node. */
static long misplaced(int node)
{
	static void *addresses[MAX_PAGES];
	static int nodes[MAX_PAGES];
	long count = 0;

	for (long index = 0; index < pages; index++)
		addresses[index] = (void *)(start + index * page);
	/* Without nodes to move to it says where they are. */
	if (syscall(SYS_move_pages, 0, pages, addresses, NULL, nodes, 0))
		die("ask where pages are");
	for (long index = 0; index < pages; index++)
		count += nodes[index] != node;
	return count;
}

/* 0: balancing is off; -1: the kernel has none. */
static int balancing(void)
{
	FILE *file = fopen(BALANCING, "r");
	int value = -1;

	if (file && fscanf(file, "%d", &value) != 1)
		die(BALANCING);
	if (file)
		fclose(file);
	return value;
}

static void set_balancing(int value)
{
	FILE *file = fopen(BALANCING, "w");

	if (!file || fprintf(file, "%d", value) < 0 || fclose(file))
		die(BALANCING);
}

static int misplaced_pages(int count, char **arguments)
{
	long rounds = 0;
	int before;

	if (count != 1)
		usage("misplaced PAGES");
	page = sysconf(_SC_PAGESIZE);
	pages = number(arguments[0]);
	if (pages > MAX_PAGES)
		usage("misplaced PAGES");
	run_on_node(0);
	start = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		     0);
	if (start == MAP_FAILED)
		die("find memory");
	madvise((void *)start, pages * page, MADV_NOHUGEPAGE);
	for (long index = 0; index < pages; index++)
		start[index * page] = 1;
	if (misplaced(0)) {
		errno = ENOMEM;
		die("get memory of the first node");
	}
	run_on_node(1);
	before = balancing();
	await_go("%d", getpid());
	if (before == 0)
		set_balancing(1);
	/* The kernel looks for pages of a task that uses the CPU. */
	while (misplaced(1)) {
		for (long turn = 0; turn < 1000; turn++, rounds++) {
			for (long index = 0; index < pages; index++)
				start[index * page]++;
		}
	}
	if (before == 0)
		set_balancing(0);
	printf("%ld\n", rounds);
	return 0;
}

WORKLOAD(misplaced, misplaced_pages);
