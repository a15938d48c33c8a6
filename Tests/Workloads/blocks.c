// SPDX-License-Identifier: Apache-2.0
/*
 * workload blocks NUMBER read|write DEVICE [BLOCKS]
 *
 * So many reads or writes of one block each, or of several, past the page cache.
 *
 * workload pages NUMBER DEVICE fsync|kept
 *
 * So many pages into the page cache, of which each is synced at once, or which are
 * kept open until told to go on again.
 *
 * workload loop FILE
 *
 * Makes a disk of a file, says its name, and takes it away when told to go on.
 */
#include "workload.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define BLOCK 4096

static int blocks(int count, char **arguments)
{
	bool writes;
	void *block;
	int disk;

	size_t size = BLOCK;

	if (count == 4)
		size *= number(arguments[3]);
	else if (count != 3)
		usage("blocks NUMBER read|write DEVICE [BLOCKS]");
	writes = !strcmp(arguments[1], "write");
	disk = open(arguments[2], (writes ? O_WRONLY : O_RDONLY) | O_DIRECT);
	if (disk < 0)
		die("open the disk");
	if (posix_memalign(&block, BLOCK, size))
		die("find memory");
	memset(block, 0, size);
	await_go("%d", getpid());
	for (long done = 0; done < number(arguments[0]); done++) {
		off_t place = done * size % (16 << 20);
		ssize_t moved =
			writes ? pwrite(disk, block, size, place) : pread(disk, block, size, place);

		if (moved != (ssize_t)size)
			die(arguments[1]);
	}
	return 0;
}

static int dirty_pages(int count, char **arguments)
{
	char page[BLOCK] = {};
	bool syncs;
	int disk;

	if (count != 3)
		usage("dirties NUMBER DEVICE fsync|kept");
	syncs = !strcmp(arguments[2], "fsync");
	disk = open(arguments[1], O_WRONLY);
	if (disk < 0)
		die("open the disk");
	await_go("%d", getpid());
	for (long done = 0; done < number(arguments[0]); done++) {
		if (pwrite(disk, page, BLOCK, done * BLOCK) != BLOCK)
			die("write a page");
		if (syncs && fsync(disk))
			die("sync a page");
	}
	if (!syncs)
		await_go("kept");
	return 0;
}

static int loop_device(int count, char **arguments)
{
	struct loop_config config = { .block_size = 512 };
	int file, control, disk, index;
	char path[32];

	if (count != 1)
		usage("loop FILE");
	file = open(arguments[0], O_RDWR);
	if (file < 0)
		die("open the file");
	config.fd = file;
	control = open("/dev/loop-control", O_RDWR);
	if (control < 0)
		die("open /dev/loop-control");
	for (int tries = 0;; tries++) {
		index = ioctl(control, LOOP_CTL_GET_FREE);
		if (index < 0)
			die("find a free loop device");
		snprintf(path, sizeof(path), "/dev/loop%d", index);
		disk = open(path, O_RDWR);
		if (disk < 0)
			die(path);
		if (!ioctl(disk, LOOP_CONFIGURE, &config))
			break;
		if (errno != EBUSY || tries > 100)
			die("set up the loop device");
		close(disk);
	}
	await_go("%s", path);
	if (ioctl(disk, LOOP_CLR_FD))
		die("take the loop device away");
	return 0;
}

WORKLOAD(blocks, blocks);

WORKLOAD(dirties, dirty_pages);

WORKLOAD(loop, loop_device);
