// SPDX-License-Identifier: Apache-2.0
/*
 * workload seeks SEQUENTIAL RANDOM DEVICE
 *
 * Reads a block past the page cache, then so many each of which follows the one
 * before, then so many none of which does.
 */
#include "workload.h"

#include <fcntl.h>

#define BLOCK 4096

static int disk;
static void *block;

static void read_block(off_t number)
{
	if (pread(disk, block, BLOCK, number * BLOCK) != BLOCK)
		die("read a block");
}

static int seeks(int count, char **arguments)
{
	long sequential, random;

	if (count != 3)
		usage("seeks SEQUENTIAL RANDOM DEVICE");
	sequential = number(arguments[0]);
	random = number(arguments[1]);
	disk = open(arguments[2], O_RDONLY | O_DIRECT);
	if (disk < 0)
		die("open the disk");
	if (posix_memalign(&block, BLOCK, BLOCK))
		die("find memory");
	await_go("%d", getpid());
	for (long done = 0; done <= sequential; done++)
		read_block(1000 + done);
	/* The same block again, and backwards. */
	for (long done = 0; done < random; done++)
		read_block(done % 2 ? 500 : 500 - done);
	return 0;
}

WORKLOAD(seeks, seeks);
