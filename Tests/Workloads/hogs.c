// SPDX-License-Identifier: Apache-2.0
/*
 * workload hogs NUMBER [MEMBERS]
 *
 * Makes a control group with little memory, and so many children one after the other,
 * which call themselves "hog", join it and take more memory than it has. With MEMBERS so
 * many others are in the group, and all of it is killed together.
 * Nothing else is in that group, and each child ends by itself at a multiple of the limit
 * and is the first to be killed where all memory is short.
 * Prints the process of each child that was killed.
 */
#include "groups.h"
#include "workload.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define LIMIT (8 << 20)

/* The folder of the group, and whether it is of version 2. */
static char group[512];
static bool is_unified;

static void make_group(bool dies_together)
{
	char limit[32];

	is_unified = make_memory_group(group, sizeof(group), "hogs");
	snprintf(limit, sizeof(limit), "%d", LIMIT);
	if (!put_text(group, is_unified ? "memory.max" : "memory.limit_in_bytes", limit))
		die("limit the memory");
	/* Where there is no swap, neither is there. */
	put_text(group, is_unified ? "memory.swap.max" : "memory.swappiness", "0");
	if (dies_together && !put_text(group, "memory.oom.group", "1"))
		die("let a group die together");
}

static void join_group(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "hog");
	if (!put_text("/proc/self", "oom_score_adj", "1000") ||
	    !put_text(group, "cgroup.procs", "0"))
		die("join the group");
}

/* Says by the pipe that it is in the group, and waits to be killed with it. */
static void be_member(int ready)
{
	join_group();
	if (write(ready, "", 1) != 1)
		die("say so");
	for (;;)
		pause();
}

static void be_hog(void)
{
	char *memory;

	join_group();
	memory = mmap(NULL, LIMIT * 4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		die("map memory");
	memset(memory, 1, LIMIT * 4);
	_exit(1);
}

static void await_end(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) < 0)
		die("wait");
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
		rmdir(group);
		die("be killed");
	}
	printf("%d\n", child);
}

static void hog_once(long members)
{
	pid_t children[16];
	int ready[2];
	char byte;

	if (members >= 16 || pipe(ready))
		die("make a pipe");
	for (long index = 0; index <= members; index++) {
		children[index] = fork();
		if (children[index] < 0)
			die("fork");
		if (!children[index] && index == members)
			be_hog();
		if (!children[index])
			be_member(ready[1]);
		if (index < members && read(ready[0], &byte, 1) != 1)
			die("hear of a member");
	}
	for (long index = 0; index <= members; index++)
		await_end(children[index]);
	close(ready[0]);
	close(ready[1]);
}

static int hogs(int count, char **arguments)
{
	long members = count == 2 ? number(arguments[1]) : 0;

	if (count != 1 && count != 2)
		usage("hogs NUMBER [MEMBERS]");
	make_group(members > 0);
	await_go("%d", getpid());
	for (long done = 0; done < number(arguments[0]); done++)
		hog_once(members);
	/* What was killed may still be leaving. */
	while (rmdir(group) && errno == EBUSY)
		usleep(1000);
	return 0;
}

WORKLOAD(hogs, hogs);
