// SPDX-License-Identifier: Apache-2.0
/*
 * workload swaps NUMBER DEVICE|FILE
 *
 * Swaps so many of its pages to a device or a file that nobody else uses, and brings each of
 * them back. Whoever else does the same at the same time waits.
 */
#include "workload.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <linux/fs.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define GREATEST_PRIORITY 32767
/* In pages: what is read ahead in memory does not reach from one to the next. */
#define DISTANCE	  64

static long page, pages;
static volatile char *start;
static const char *device;

/* What mkswap writes (union swap_header of linux/swap.h). */
static void write_header(void)
{
	struct {
		char boot[1024];
		unsigned int version, last_page, bad_pages;
	} header = { .version = 1 };
	int disk = open(device, O_RDWR | O_CLOEXEC);
	unsigned long long size = 0;
	struct stat status;

	if (disk < 0 || fstat(disk, &status))
		die("open the device");
	if (S_ISREG(status.st_mode))
		size = status.st_size;
	else if (ioctl(disk, BLKGETSIZE64, &size))
		die("ask for the size of the device");
	header.last_page = size / page - 1;
	if (pwrite(disk, &header, sizeof(header), 0) != sizeof(header) ||
	    pwrite(disk, "SWAPSPACE2", 10, page - 10) != 10 || fsync(disk) || close(disk))
		die("write the header");
}

/* Ends the swapping, even if this process is killed. */
static void guard(void)
{
	int ends[2];
	char byte;

	if (pipe2(ends, O_CLOEXEC))
		die("make a pipe");
	if (fork()) {
		close(ends[0]);
		return;
	}
	close(ends[1]);
	for (int descriptor = 0; descriptor < 3; descriptor++)
		close(descriptor);
	signal(SIGINT, SIG_IGN);
	while (read(ends[0], &byte, 1) < 0)
		continue;
	swapoff(device);
	_exit(0);
}

static void look(void)
{
	for (long index = 0; index < pages; index++)
		(void)start[index * DISTANCE * page];
}

static bool is_out(void)
{
	unsigned char resident;

	for (long index = 0; index < pages; index++) {
		if (mincore((void *)(start + index * DISTANCE * page), page, &resident))
			die("ask for a page");
		if (resident & 1)
			return false;
	}
	return true;
}

/*
 * A page whose writing takes a while stays in the swap cache. Once it is written, and was looked
 * at, it is clean and goes at once.
 */
static void swap_out(void)
{
	for (int attempt = 0; attempt < 1000; attempt++) {
		if (madvise((void *)start, pages * DISTANCE * page, MADV_PAGEOUT))
			die("page out");
		if (is_out())
			return;
		usleep(10000);
		look();
	}
	errno = EBUSY;
	die("get rid of the pages");
}

static int swaps(int count, char **arguments)
{
	int lock;

	if (count != 2)
		usage("swaps NUMBER DEVICE|FILE");
	page = sysconf(_SC_PAGESIZE);
	pages = number(arguments[0]);
	device = arguments[1];
	lock = open("/tmp/workload-swaps", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0 || flock(lock, LOCK_EX))
		die("wait for others");
	write_header();
	start = mmap(NULL, pages * DISTANCE * page, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (start == MAP_FAILED)
		die("find memory");
	madvise((void *)start, pages * DISTANCE * page, MADV_NOHUGEPAGE);
	/* Nothing else of this process is to go. */
	guard();
	/* A page of zeros, or of one repeated word, is not written. */
	srand(23);
	for (long index = 0; index < pages; index++) {
		for (long byte = 0; byte < page; byte++)
			start[index * DISTANCE * page + byte] = rand();
	}
	if (swapon(device, SWAP_FLAG_PREFER | GREATEST_PRIORITY))
		die("swap to the device");
	swap_out();
	await_go("%d", getpid());
	look();
	if (swapoff(device))
		die("stop swapping");
	return 0;
}

WORKLOAD(swaps, swaps);
