// SPDX-License-Identifier: Apache-2.0
/*
 * workload segments NUMBER CALL...
 *
 * Makes a segment of shared memory in an IPC namespace of its own and does each call so
 * many times: shmget (of its key), shmat, shmdt (of what was attached, the first first),
 * shmctl (IPC_STAT); or one that fails: shmget-missing, shmat-missing, shmdt-missing,
 * shmctl-missing. Says its process, the segment and the address that shmctl is given, and
 * prints what up to 1000 of each call return.
 */
#include "workload.h"

#include <sched.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#define KEY	 0x78020001
#define SIZE	 8192
#define MOST	 1000
#define NO_PLACE 0x123000L

static int segment;
static struct shmid_ds status;
static long attached[MOST];
static int attachments, detachments;

static long act(const char *call)
{
	long result;

	if (!strcmp(call, "shmget"))
		return syscall(SYS_shmget, KEY, SIZE, IPC_CREAT | 0640);
	if (!strcmp(call, "shmat")) {
		result = syscall(SYS_shmat, segment, NULL, SHM_RDONLY);
		if (result > 0 && attachments < MOST)
			attached[attachments++] = result;
		return result;
	}
	if (!strcmp(call, "shmdt"))
		return syscall(SYS_shmdt, attached[detachments++ % MOST]);
	if (!strcmp(call, "shmctl"))
		return syscall(SYS_shmctl, segment, IPC_STAT, &status);
	if (!strcmp(call, "shmget-missing"))
		return syscall(SYS_shmget, KEY + 1, SIZE, 0);
	if (!strcmp(call, "shmat-missing"))
		return syscall(SYS_shmat, -1, NO_PLACE, SHM_RND | SHM_EXEC);
	if (!strcmp(call, "shmdt-missing"))
		return syscall(SYS_shmdt, NO_PLACE);
	if (!strcmp(call, "shmctl-missing"))
		return syscall(SYS_shmctl, segment, 99, -1L);
	usage(call);
}

static int segments(int count, char **arguments)
{
	long times;

	if (count < 2)
		usage("segments NUMBER CALL...");
	times = number(arguments[0]);
	/* Its segments go with it. */
	if (unshare(CLONE_NEWIPC))
		die("unshare the IPC namespace");
	segment = shmget(KEY, SIZE, IPC_CREAT | 0640);
	if (segment < 0)
		die("make the segment");
	await_go("%d %d %lu", getpid(), segment, (unsigned long)&status);
	for (int index = 1; index < count; index++) {
		for (long done = 0; done < times; done++) {
			long result = act(arguments[index]);

			if (times <= MOST)
				printf("%ld\n", result < 0 ? -errno : result);
		}
	}
	return 0;
}

WORKLOAD(segments, segments);
