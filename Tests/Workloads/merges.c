// SPDX-License-Identifier: Apache-2.0
/*
 * workload merges NUMBER PARTS front|back DEVICE
 *
 * So many times, that many reads of a block next to each other, which are submitted
 * together and which the kernel puts into one request: each before the one that was
 * submitted earlier, or behind it.
 */
#include "workload.h"

#include <fcntl.h>
#include <linux/aio_abi.h>
#include <sys/syscall.h>

#define BLOCK	  4096
#define MAX_PARTS 32

static int merges(int count, char **arguments)
{
	struct iocb blocks[MAX_PARTS] = {}, *list[MAX_PARTS];
	struct io_event events[MAX_PARTS];
	aio_context_t context = 0;
	bool forward;
	void *memory;
	long parts;
	int disk;

	if (count != 4)
		usage("merges NUMBER PARTS front|back DEVICE");
	parts = number(arguments[1]);
	if (parts < 1 || parts > MAX_PARTS)
		usage(arguments[1]);
	forward = !strcmp(arguments[2], "back");
	disk = open(arguments[3], O_RDONLY | O_DIRECT);
	if (disk < 0)
		die("open the disk");
	if (posix_memalign(&memory, BLOCK, parts * BLOCK))
		die("find memory");
	if (syscall(SYS_io_setup, parts, &context))
		die("set up asynchronous I/O");
	await_go("%d", getpid());
	for (long done = 0; done < number(arguments[0]); done++) {
		for (long part = 0; part < parts; part++) {
			long place = forward ? part : parts - 1 - part;

			blocks[part] = (struct iocb){
				.aio_fildes = disk,
				.aio_lio_opcode = IOCB_CMD_PREAD,
				.aio_buf = (unsigned long)memory + place * BLOCK,
				.aio_nbytes = BLOCK,
				.aio_offset = (done * 2 * parts + place) * BLOCK,
			};
			list[part] = &blocks[part];
		}
		if (syscall(SYS_io_submit, context, parts, list) != parts)
			die("submit the reads");
		if (syscall(SYS_io_getevents, context, parts, parts, events, NULL) != parts)
			die("await the reads");
		for (long part = 0; part < parts; part++) {
			if (events[part].res != BLOCK)
				die("read");
		}
	}
	return 0;
}

WORKLOAD(merges, merges);
