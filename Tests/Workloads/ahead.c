// SPDX-License-Identifier: Apache-2.0
/*
 * workload ahead PAGES ACTION NUMBER FILE [MS]
 *
 * Makes a file of so many pages, has all of it read ahead and then, MS milliseconds later,
 * reads so many pages from its start, one at a time, or looks at them through a mapping, or
 * drops all from the page cache (ACTION is read, map or drop). With the action sequence
 * nothing is asked for, so that the reads themselves have the kernel read ahead.
 */
#include "workload.h"

#include <fcntl.h>
#include <sys/mman.h>

static long page;

static int make(const char *path, long pages)
{
	char *buffer = calloc(pages, page);
	int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (!buffer || file < 0 || pwrite(file, buffer, pages * page, 0) != pages * page)
		die("fill the file");
	if (fsync(file) || posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED))
		die("drop the file from memory");
	free(buffer);
	return file;
}

static void read_pages(int file, long count)
{
	char *buffer = malloc(page);

	for (long at = 0; at < count; at++) {
		if (!buffer || pread(file, buffer, page, at * page) != page)
			die("read");
	}
}

static void look_at_pages(int file, long count)
{
	volatile char *start = mmap(NULL, count * page, PROT_READ, MAP_SHARED, file, 0);

	if (start == MAP_FAILED)
		die("map the file");
	for (long at = 0; at < count; at++)
		(void)start[at * page];
}

/* Until its pages are read, the kernel does not drop them. */
static void drop_pages(int file, long pages)
{
	char *start = mmap(NULL, pages * page, PROT_READ, MAP_SHARED, file, 0);
	unsigned char *there = calloc(pages, 1);

	if (start == MAP_FAILED || !there)
		die("map the file");
	for (long at = 0; at < pages;) {
		if (mincore(start, pages * page, there))
			die("ask for its pages");
		if (there[at] & 1)
			at++;
		else
			usleep(1000);
	}
	if (munmap(start, pages * page) || posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED))
		die("drop the file from memory");
}

static int ahead(int count, char **arguments)
{
	long pages, used;
	const char *action;
	int file;

	if (count != 4 && count != 5)
		usage("ahead PAGES read|map|drop|sequence NUMBER FILE [MS]");
	page = sysconf(_SC_PAGESIZE);
	pages = number(arguments[0]);
	action = arguments[1];
	used = number(arguments[2]);
	/* Its own code is not read ahead any more. */
	if (mlockall(MCL_CURRENT))
		die("stay in memory");
	file = make(arguments[3], pages);
	await_go("%d", getpid());
	if (strcmp(action, "sequence") && posix_fadvise(file, 0, pages * page, POSIX_FADV_WILLNEED))
		die("have it read ahead");
	if (count == 5)
		usleep(number(arguments[4]) * 1000);
	if (!strcmp(action, "map"))
		look_at_pages(file, used);
	else if (!strcmp(action, "drop"))
		drop_pages(file, pages);
	else
		read_pages(file, used);
	return 0;
}

WORKLOAD(ahead, ahead);
