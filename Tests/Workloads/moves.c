// SPDX-License-Identifier: Apache-2.0
/*
 * workload moves NUMBER [reuse]
 *
 * Moves so often between the first and the last CPU that it may use. With reuse it stays,
 * and so many processes run one after the other, in turn on each of the two, under the same
 * number. Says both CPUs.
 */
#include "workload.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static int first = -1, last;

static void find_cpus(void)
{
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus))
		die("ask for CPUs");
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &cpus))
			continue;
		if (first < 0)
			first = cpu;
		last = cpu;
	}
	if (first == last)
		usage("moves NUMBER [reuse] with two CPUs");
}

static void move_to(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		die("move to a CPU");
}

/* The next process gets the number behind this one, unless another is faster. */
static void set_last_number(pid_t number)
{
	FILE *file = fopen("/proc/sys/kernel/ns_last_pid", "w");

	if (!file || fprintf(file, "%d", number) < 0 || fclose(file))
		die("choose the number of a process");
}

/* A process on a CPU, with a number that it must have, or any. */
static pid_t run_on(int cpu, pid_t wanted)
{
	pid_t pid;

	if (wanted)
		set_last_number(wanted - 1);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		if (wanted && getpid() != wanted)
			_exit(1);
		move_to(cpu);
		prctl(PR_SET_NAME, "reused");
		/* It is seen when it gets the CPU again. */
		usleep(1000);
		usleep(1000);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	return pid;
}

/* Another number where one that lives took the wanted one. */
static pid_t run_again_on(int cpu, pid_t wanted)
{
	for (int attempt = 0; wanted && attempt < 100; attempt++) {
		if (run_on(cpu, wanted) == wanted)
			return wanted;
	}
	return run_on(cpu, 0);
}

static int moves(int count, char **arguments)
{
	bool reuse = count == 2 && !strcmp(arguments[1], "reuse");
	pid_t wanted = 0;

	if (count != 1 && !reuse)
		usage("moves NUMBER [reuse]");
	find_cpus();
	move_to(first);
	await_go("%d %d", first, last);
	for (long turn = 0; turn < number(arguments[0]); turn++) {
		int cpu = turn % 2 ? first : last;

		if (!reuse)
			move_to(cpu);
		else
			wanted = run_again_on(cpu, wanted);
	}
	return 0;
}

WORKLOAD(moves, moves);
