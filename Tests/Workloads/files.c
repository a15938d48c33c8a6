// SPDX-License-Identifier: Apache-2.0
/*
 * workload files NUMBER FILE ACTION...
 *
 * Makes a file of 64 KB and then does each action so many times, 4 KB at a time and
 * each time 4 KB further, from the start again after the end: read, pread, readv,
 * write, pwrite, writev, fsync, fdatasync, fstat, or open (and close).
 */
#include "workload.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define BLOCK 4096
#define SIZE  (16 * BLOCK)

static char data[SIZE];
static const char *path;
static int file;

static long act(const char *action, off_t place)
{
	struct iovec part = { data, BLOCK };
	struct stat status;
	int other;

	if (!strcmp(action, "pread"))
		return pread(file, data, BLOCK, place);
	if (!strcmp(action, "pwrite"))
		return pwrite(file, data, BLOCK, place);
	if (!strcmp(action, "fsync"))
		return fsync(file);
	if (!strcmp(action, "fdatasync"))
		return fdatasync(file);
	if (!strcmp(action, "fstat"))
		return fstat(file, &status);
	if (!strcmp(action, "open")) {
		other = open(path, O_RDONLY);
		return other < 0 ? other : close(other);
	}
	if (lseek(file, place, SEEK_SET) != place)
		die("seek");
	if (!strcmp(action, "read"))
		return read(file, data, BLOCK);
	if (!strcmp(action, "readv"))
		return readv(file, &part, 1);
	if (!strcmp(action, "write"))
		return write(file, data, BLOCK);
	if (!strcmp(action, "writev"))
		return writev(file, &part, 1);
	usage(action);
}

static int files(int count, char **arguments)
{
	if (count < 3)
		usage("files NUMBER FILE ACTION...");
	path = arguments[1];
	file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (file < 0 || pwrite(file, data, SIZE, 0) != SIZE || fsync(file))
		die("make the file");
	await_go("%d", getpid());
	for (int index = 2; index < count; index++) {
		for (long done = 0; done < number(arguments[0]); done++) {
			if (act(arguments[index], done * BLOCK % SIZE) < 0)
				die(arguments[index]);
		}
	}
	return 0;
}

WORKLOAD(files, files);
