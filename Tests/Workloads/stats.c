// SPDX-License-Identifier: Apache-2.0
/*
 * workload stats [--chdir DIRECTORY] [--dirfd DIRECTORY] NUMBER CALL PATH
 *
 * Asks so many times for the attributes of a path, by stat, lstat, newfstatat, statx or
 * statfs, or of a descriptor of it, by fstat, fstatfs, or newfstatat-empty and statx-empty,
 * which pass an empty path. A preparation may also be --over DIRECTORY, which becomes the
 * root: in a mount namespace of its own a file system is mounted over it, with a directory
 * "inner", where the process is.
 */
#include "workload.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

static int directory = AT_FDCWD, file;
static const char *call, *path;

static long ask(void)
{
	static union {
		struct stat file;
		struct statx extended;
		struct statfs system;
		char room[4096];
	} answer;

	if (!strcmp(call, "stat"))
		return syscall(SYS_stat, path, &answer);
	if (!strcmp(call, "lstat"))
		return syscall(SYS_lstat, path, &answer);
	if (!strcmp(call, "fstat"))
		return syscall(SYS_fstat, file, &answer);
	if (!strcmp(call, "newfstatat"))
		return syscall(SYS_newfstatat, directory, path, &answer, 0);
	if (!strcmp(call, "newfstatat-empty"))
		return syscall(SYS_newfstatat, file, "", &answer, AT_EMPTY_PATH);
	if (!strcmp(call, "statx"))
		return syscall(SYS_statx, directory, path, 0, STATX_BASIC_STATS, &answer);
	if (!strcmp(call, "statx-empty"))
		return syscall(SYS_statx, file, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &answer);
	if (!strcmp(call, "statfs"))
		return syscall(SYS_statfs, path, &answer);
	if (!strcmp(call, "fstatfs"))
		return syscall(SYS_fstatfs, file, &answer);
	usage(call);
}

static void mount_over_root(const char *path)
{
	int root, top;

	if (unshare(CLONE_NEWNS))
		die("unshare the mount namespace");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		die("make the mounts private");
	root = open(path, O_PATH | O_DIRECTORY);
	if (root < 0 || mount("over", path, "tmpfs", 0, NULL))
		die("mount over the directory");
	top = open(path, O_PATH | O_DIRECTORY);
	if (top < 0 || fchdir(root) || chroot("."))
		die("change the root");
	if (fchdir(top) || mkdir("inner", 0700) || chdir("inner"))
		die("leave the root");
	close(root);
	close(top);
}

static int stats(int count, char **arguments)
{
	for (; count > 3; count -= 2, arguments += 2) {
		if (!strcmp(arguments[0], "--chdir")) {
			if (chdir(arguments[1]))
				die("chdir");
		} else if (!strcmp(arguments[0], "--dirfd")) {
			directory = open(arguments[1], O_PATH | O_DIRECTORY);
			if (directory < 0)
				die("open the directory");
		} else if (!strcmp(arguments[0], "--over")) {
			mount_over_root(arguments[1]);
		} else {
			usage(arguments[0]);
		}
	}
	if (count != 3)
		usage("stats [PREPARATION...] NUMBER CALL PATH");
	call = arguments[1];
	path = arguments[2];
	file = openat(directory, path, O_PATH);
	/* Of a path that is missing, the descriptor is no descriptor. */
	await_go("%d", getpid());
	for (long left = number(arguments[0]); left > 0; left--)
		ask();
	return 0;
}

WORKLOAD(stats, stats);
