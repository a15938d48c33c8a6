// SPDX-License-Identifier: Apache-2.0
/*
 * workload reclaims NUMBER DIRECTORY [grows]
 *
 * Makes a control group that a child fills with pages of a file in the directory, which is
 * on a disk, and so many times lowers the limit of the group below what it has, so that the
 * kernel frees some of it first. With "grows" the limit is set once, and the workload
 * joins the group and reads so many pages of another file, which the kernel makes room for.
 * Prints for each time how many pages were freed, or with "grows" how often the group was at
 * its limit where the kernel counts that.
 */
#include "groups.h"
#include "workload.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define PAGES	 2048
/* Fewer than the kernel frees at least (SWAP_CLUSTER_MAX); some can be given back at any time. */
#define SHORTAGE 24

static char group[512], file_name[600], other_name[600];
static bool is_unified;
static long page;

static void path_of(char *path, size_t size, const char *name)
{
	snprintf(path, size, "%s/%s", group, name);
}

static void put(const char *folder, const char *name, const char *text)
{
	if (!put_text(folder, name, text))
		die(name);
}

/* A file on the disk, none of which is in memory. */
static void make_file(char *name, size_t size, const char *folder, const char *kind)
{
	char *block = calloc(1, page);
	int file;

	snprintf(name, size, "%s/%s-%d", folder, kind, getpid());
	file = open(name, O_CREAT | O_RDWR | O_TRUNC, 0600);
	if (file < 0 || !block)
		die(name);
	for (long index = 0; index < PAGES; index++) {
		if (write(file, block, page) != page)
			die("fill the file");
	}
	if (fsync(file) || posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED))
		die("drop the file from memory");
	close(file);
	free(block);
}

static void read_pages(const char *name, long number)
{
	char *block = malloc(page);
	int file = open(name, O_RDONLY);

	if (file < 0 || !block)
		die(name);
	/* Or the kernel would free many of them together. */
	posix_fadvise(file, 0, 0, POSIX_FADV_RANDOM);
	for (long index = 0; index < number; index++) {
		if (pread(file, block, page, index * page) != page)
			die("read a page");
	}
	close(file);
	free(block);
}

static void fill_group(void)
{
	int status;
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (!child) {
		put(group, "cgroup.procs", "0");
		read_pages(file_name, PAGES);
		_exit(0);
	}
	if (waitpid(child, &status, 0) < 0 || status)
		die("fill the group");
}

static long usage_of_group(int file)
{
	char text[32] = "";

	if (pread(file, text, sizeof(text) - 1, 0) <= 0)
		die("read how much memory the group has");
	return strtol(text, NULL, 10);
}

/* How often the group was at its limit; -1: not counted. */
static long times_at_limit(void)
{
	char path[600];
	long times = -1;
	FILE *events;

	path_of(path, sizeof(path), "memory.events");
	events = fopen(path, "r");
	if (!events)
		return -1;
	while (times < 0 && fscanf(events, "max %ld", &times) != 1)
		if (fscanf(events, "%*[^\n]\n") == EOF)
			break;
	fclose(events);
	return times;
}

/* To the group above. */
static void leave_group(void)
{
	char above[512];

	snprintf(above, sizeof(above), "%.*s", (int)(strrchr(group, '/') - group), group);
	put(above, "cgroup.procs", "0");
}

static void remove_all(void)
{
	unlink(file_name);
	unlink(other_name);
	for (int times = 0; rmdir(group) && errno == EBUSY && times < 10000; times++)
		usleep(1000);
}

static int reclaims(int count, char **arguments)
{
	bool grows = count == 3 && !strcmp(arguments[2], "grows");
	long times, before;
	char path[600], text[32];
	int limit, used;

	if (count != 2 && !grows)
		usage("reclaims NUMBER DIRECTORY [grows]");
	times = number(arguments[0]);
	page = sysconf(_SC_PAGESIZE);
	if (times > PAGES)
		usage("reclaims NUMBER, at most 2048");
	make_file(file_name, sizeof(file_name), arguments[1], "first");
	if (grows)
		make_file(other_name, sizeof(other_name), arguments[1], "second");
	is_unified = make_memory_group(group, sizeof(group), "reclaims");
	fill_group();
	path_of(path, sizeof(path), is_unified ? "memory.max" : "memory.limit_in_bytes");
	limit = open(path, O_WRONLY | O_CLOEXEC);
	path_of(path, sizeof(path), is_unified ? "memory.current" : "memory.usage_in_bytes");
	used = open(path, O_RDONLY | O_CLOEXEC);
	if (limit < 0 || used < 0)
		die("open the files of the group");
	if (grows) {
		snprintf(text, sizeof(text), "%ld", (PAGES + 256) * page);
		if (write(limit, text, strlen(text)) < 0)
			die("limit the memory");
	} else {
		/* So that no CPU keeps some in stock. */
		snprintf(text, sizeof(text), "%ld", usage_of_group(used) - SHORTAGE * page);
		if (pwrite(limit, text, strlen(text), 0) < 0)
			die("limit the memory");
	}
	await_go("%d %s", getpid(), group);
	if (grows) {
		put(group, "cgroup.procs", "0");
		read_pages(other_name, times);
		printf("%ld\n", times_at_limit());
		fflush(stdout);
		leave_group();
		remove_all();
		return 0;
	}
	for (long done = 0; done < times; done++) {
		before = usage_of_group(used);
		snprintf(text, sizeof(text), "%ld", before - SHORTAGE * page);
		if (pwrite(limit, text, strlen(text), 0) < 0)
			die("lower the limit");
		printf("%ld\n", (before - usage_of_group(used)) / page);
	}
	remove_all();
	return 0;
}

WORKLOAD(reclaims, reclaims);
