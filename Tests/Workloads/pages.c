// SPDX-License-Identifier: Apache-2.0
/*
 * workload pages [--cold] [--random] ACTION STEP PAGES FILE
 *
 * Makes a file of so many pages and then, with so many pages at a time, reads
 * it, splices it, maps it and looks into each page, writes it over, maps it and
 * stores into each page, or writes it past the page cache (ACTION is read, splice, map,
 * write, store or direct). The file is in the page cache before, or with --cold is not;
 * with --random the kernel reads nothing ahead. Nothing is left to be written back before
 * it begins.
 */
#include "workload.h"

#include <fcntl.h>
#include <sys/mman.h>

static long page, pages, step;

static void make(int file, char *buffer)
{
	memset(buffer, 'x', step * page);
	for (long at = 0; at < pages; at += step) {
		if (pwrite(file, buffer, step * page, at * page) != step * page)
			die("fill the file");
	}
	if (ftruncate(file, pages * page) || fsync(file) || close(file))
		die("write the file");
}

static void splice_all(int file)
{
	int nothing = open("/dev/null", O_WRONLY), ends[2];

	if (nothing < 0 || pipe(ends))
		die("make a pipe");
	for (off_t at = 0; at < pages * page;) {
		ssize_t count = splice(file, &at, ends[1], NULL, step * page, 0);

		if (count <= 0)
			die("splice");
		if (splice(ends[0], NULL, nothing, NULL, count, 0) != count)
			die("splice to nothing");
	}
}

static void look(const volatile char *start)
{
	for (long at = 0; at < pages; at += step)
		(void)start[at * page];
}

static void store(volatile char *start)
{
	for (long at = 0; at < pages; at += step)
		start[at * page] = 'y';
}

static bool is_one_of(const char *action, const char *actions)
{
	return strstr(actions, action);
}

static int pages_of_file(int count, char **arguments)
{
	bool is_cold = false, is_random = false;
	const char *action;
	void *start = NULL;
	char *buffer;
	int file;

	for (; count > 0 && arguments[0][0] == '-'; count--, arguments++) {
		if (!strcmp(arguments[0], "--cold"))
			is_cold = true;
		else if (!strcmp(arguments[0], "--random"))
			is_random = true;
		else
			usage(arguments[0]);
	}
	if (count != 4)
		usage("pages [--cold] [--random] ACTION STEP PAGES FILE");
	page = sysconf(_SC_PAGESIZE);
	action = arguments[0];
	step = number(arguments[1]);
	pages = number(arguments[2]);
	/* Aligned for O_DIRECT. */
	buffer = aligned_alloc(page, step * page);
	/* Its own code and data are not asked for again. */
	if (mlockall(MCL_CURRENT))
		die("stay in memory");
	file = open(arguments[3], O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (!buffer || file < 0)
		die("open the file");
	make(file, buffer);
	file = open(arguments[3], (is_one_of(action, "write store direct") ? O_RDWR : O_RDONLY) |
					  (is_one_of(action, "direct") ? O_DIRECT : 0));
	if (file < 0)
		die("open the file again");
	if (is_cold && posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED))
		die("drop the file from memory");
	if (is_random && posix_fadvise(file, 0, 0, POSIX_FADV_RANDOM))
		die("turn reading ahead off");
	if (is_one_of(action, "map store")) {
		start = mmap(NULL, pages * page, PROT_READ | (action[0] == 's' ? PROT_WRITE : 0),
			     MAP_SHARED, file, 0);
		if (start == MAP_FAILED || (is_random && madvise(start, pages * page, MADV_RANDOM)))
			die("map the file");
	}
	await_go("%d", getpid());
	if (!strcmp(action, "splice"))
		splice_all(file);
	else if (start && action[0] == 's')
		store(start);
	else if (start)
		look(start);
	for (long at = 0; at < pages && is_one_of(action, "read write direct"); at += step) {
		ssize_t moved = action[0] == 'r' ? pread(file, buffer, step * page, at * page)
						 : pwrite(file, buffer, step * page, at * page);

		if (moved <= 0)
			die(action);
	}
	return 0;
}

WORKLOAD(pages, pages_of_file);
