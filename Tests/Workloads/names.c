// SPDX-License-Identifier: Apache-2.0
/*
 * workload names [PREPARATION...] NUMBER DIRECTORY ACTION...
 *
 * Does the actions so many times, in a new directory of DIRECTORY, which is its working
 * directory. An action is a word and its paths, with colons between: touch:f (by openat),
 * open:f (with O_CREAT), openat2:f, creat:f, mknod:f, tmpfile:f (O_TMPFILE, which is then
 * linked there; without a path it is not), mkdir:d, symlink:a:b, link:a:b, linkat:a:b,
 * unlink:f, unlinkat:f, rmdir:d, rmdirat:d (by unlinkat), rename:a:b, renameat:a:b, renameat2:a:b,
 * exchange:a:b, noreplace:a:b, nap:MILLISECONDS. The calls that end in "at" pass a descriptor of
 * the new directory; with --root DIRECTORY before, all happens below another root.
 * With --ring the actions unlink and rename are requests of io_uring. Actions that fail are
 * fine. In a path, % is the number of the round and @ the new directory. Says the new directory,
 * which another process removes at the end.
 */
#include "rings.h"
#include "workload.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static char folder[4096];
static int directory;
static bool by_ring;

static void submit(__u8 code, const char *path, const char *new_path)
{
	struct io_uring_sqe request = {
		.opcode = code,
		.fd = AT_FDCWD,
		.addr = (__u64)path,
		.len = new_path ? (__u32)AT_FDCWD : 0,
		.addr2 = (__u64)new_path,
	};

	submit_request(&request);
	next_completion();
}

/* The path of an action, with the number of the round and the new directory filled in. */
static char *path_of(char **action, long round)
{
	static char paths[2][8192];
	static int which;
	char *from = strsep(action, ":"), *path, *to;

	which ^= 1;
	path = to = paths[which];
	for (; from && *from; from++) {
		if (*from == '%')
			to += sprintf(to, "%ld", round);
		else if (*from == '@')
			to = stpcpy(to, folder);
		else
			*to++ = *from;
	}
	*to = '\0';
	return path;
}

static void keep(int descriptor)
{
	if (descriptor >= 0)
		close(descriptor);
}

static void make(const char *kind, const char *path)
{
	struct open_how how = { .flags = O_CREAT | O_WRONLY, .mode = 0600 };
	char source[64];
	int file;

	if (!strcmp(kind, "touch"))
		keep(syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY, 0600));
	else if (!strcmp(kind, "open"))
		keep(syscall(SYS_open, path, O_CREAT | O_WRONLY, 0600));
	else if (!strcmp(kind, "openat2"))
		keep(syscall(SYS_openat2, directory, path, &how, sizeof(how)));
	else if (!strcmp(kind, "creat"))
		keep(syscall(SYS_creat, path, 0600));
	else if (!strcmp(kind, "mknod"))
		mknod(path, S_IFREG | 0600, 0);
	else if (!strcmp(kind, "mkdir"))
		mkdir(path, 0700);
	else if (!strcmp(kind, "tmpfile")) {
		file = open(".", O_TMPFILE | O_WRONLY, 0600);
		snprintf(source, sizeof(source), "/proc/self/fd/%d", file);
		if (*path)
			linkat(AT_FDCWD, source, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
		keep(file);
	} else {
		usage(kind);
	}
}

static void change(const char *kind, const char *path, const char *other)
{
	if (!strcmp(kind, "unlink") && by_ring)
		submit(IORING_OP_UNLINKAT, path, NULL);
	else if (!strcmp(kind, "unlink"))
		syscall(SYS_unlink, path);
	else if (!strcmp(kind, "unlinkat"))
		syscall(SYS_unlinkat, directory, path, 0);
	else if (!strcmp(kind, "rmdir"))
		syscall(SYS_rmdir, path);
	else if (!strcmp(kind, "rmdirat"))
		syscall(SYS_unlinkat, directory, path, AT_REMOVEDIR);
	else if (!strcmp(kind, "rename") && by_ring)
		submit(IORING_OP_RENAMEAT, path, other);
	else if (!strcmp(kind, "rename"))
		syscall(SYS_rename, path, other);
	else if (!strcmp(kind, "renameat"))
		syscall(SYS_renameat, directory, path, directory, other);
	else if (!strcmp(kind, "renameat2"))
		syscall(SYS_renameat2, directory, path, directory, other, 0);
	else if (!strcmp(kind, "exchange"))
		syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, other, RENAME_EXCHANGE);
	else if (!strcmp(kind, "noreplace"))
		syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, other, RENAME_NOREPLACE);
	else if (!strcmp(kind, "link"))
		syscall(SYS_link, path, other);
	else if (!strcmp(kind, "linkat"))
		syscall(SYS_linkat, directory, path, directory, other, 0);
	else if (!strcmp(kind, "symlink"))
		symlink(path, other);
	else
		make(kind, path);
}

/* One action, such as rename:a:b. */
static void act(const char *action, long round)
{
	char copy[8192], *rest = copy, *kind;
	const char *path, *other;

	snprintf(copy, sizeof(copy), "%s", action);
	kind = strsep(&rest, ":");
	path = path_of(&rest, round);
	other = path_of(&rest, round);
	if (!strcmp(kind, "nap"))
		usleep(number(path) * 1000);
	else
		change(kind, path, other);
}

static int names(int count, char **arguments)
{
	for (; count > 1 && arguments[0][0] == '-'; count--, arguments++) {
		if (!strcmp(arguments[0], "--ring")) {
			by_ring = true;
			make_ring();
		} else if (!strcmp(arguments[0], "--root")) {
			if (chroot(arguments[1]) || chdir("/"))
				die("chroot");
			count--, arguments++;
		} else {
			usage(arguments[0]);
		}
	}
	if (count < 3)
		usage("names [PREPARATION...] NUMBER DIRECTORY ACTION...");
	snprintf(folder, sizeof(folder), "%s/names-XXXXXX", arguments[1]);
	if (!mkdtemp(folder) || chdir(folder))
		die("make the directory");
	directory = open(".", O_PATH | O_DIRECTORY);
	await_go("%s", folder);
	for (long round = 0; round < number(arguments[0]); round++)
		for (int index = 2; index < count; index++)
			act(arguments[index], round);
	if (!fork()) {
		execlp("rm", "rm", "-rf", folder, NULL);
		_exit(1);
	}
	return 0;
}

WORKLOAD(names, names);
