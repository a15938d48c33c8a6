// SPDX-License-Identifier: Apache-2.0
/*
 * workload syncs NUMBER FILE CALL...
 *
 * Makes a file, and does each call so many times: fsync, fdatasync, sync, syncfs, msync
 * (of a mapping of the file), sync_file_range, or bad (fsync of no descriptor). Prints for
 * up to 1000 calls the errno and how many nanoseconds it took at most.
 */
#include "workload.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>

#define SIZE 65536

static int file;
static char *mapping;

static long act(const char *call)
{
	if (!strcmp(call, "fsync"))
		return fsync(file);
	if (!strcmp(call, "fdatasync"))
		return fdatasync(file);
	if (!strcmp(call, "sync")) {
		sync();
		return 0;
	}
	if (!strcmp(call, "syncfs"))
		return syncfs(file);
	if (!strcmp(call, "msync"))
		return msync(mapping, SIZE, MS_SYNC);
	if (!strcmp(call, "sync_file_range"))
		return sync_file_range(file, 0, SIZE, SYNC_FILE_RANGE_WRITE);
	if (!strcmp(call, "bad"))
		return fsync(-1);
	usage(call);
}

static long nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000 + now.tv_nsec;
}

static int syncs(int count, char **arguments)
{
	if (count < 3)
		usage("syncs NUMBER FILE CALL...");
	file = open(arguments[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (file < 0 || ftruncate(file, SIZE))
		die("make the file");
	mapping = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (mapping == MAP_FAILED)
		die("map the file");
	await_go("%d", getpid());
	for (int index = 2; index < count; index++) {
		for (long done = 0; done < number(arguments[0]); done++) {
			long start = nanoseconds(), result;

			mapping[done % SIZE]++;
			result = act(arguments[index]);
			if (number(arguments[0]) > 1000)
				continue;
			printf("%d %ld\n", result < 0 ? errno : 0, nanoseconds() - start);
		}
	}
	return 0;
}

WORKLOAD(syncs, syncs);
