// SPDX-License-Identifier: Apache-2.0
/*
 * workload reads NUMBER FILE
 *
 * So many reads of 4 KB past the page cache, at places that are the same in each
 * run and look random.
 */
#include "workload.h"

#include <fcntl.h>

#define BLOCK 4096

static int reads(int count, char **arguments)
{
	unsigned long long state = 997;
	void *block;
	off_t size;
	int file;

	if (count != 2)
		usage("reads NUMBER FILE");
	file = open(arguments[1], O_RDONLY | O_DIRECT);
	if (file < 0)
		die("open the file");
	size = lseek(file, 0, SEEK_END) / BLOCK;
	if (size < 1)
		die("find a block in the file");
	if (posix_memalign(&block, BLOCK, BLOCK))
		die("find memory");
	await_go("%d", getpid());
	for (long done = 0; done < number(arguments[0]); done++) {
		state = state * 6364136223846793005 + 1442695040888963407;
		if (pread(file, block, BLOCK, (off_t)(state >> 33) % size * BLOCK) != BLOCK)
			die("read");
	}
	return 0;
}

WORKLOAD(reads, reads);
