// SPDX-License-Identifier: Apache-2.0
/*
 * workload mounts NUMBER DIRECTORY CALL...
 *
 * Does each call so many times in a mount namespace of its own: mount (a tmpfs on the
 * directory), magic (the same with the old magic number), umount, umount-missing, and of
 * the calls that a mount is made of by steps fsopen, fsconfig-string, fsconfig-path,
 * fsconfig-descriptor, fsconfig-create, fsmount, mount_setattr, move_mount, fspick,
 * open_tree, open_tree_attr. Each of them takes the descriptor that the one before has
 * made in the same round. Says its process and the mount namespace, and prints what up to
 * 100 of each call return.
 */
#include "workload.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* sys/mount.h and linux/mount.h contradict each other. */
int mount(const char *source, const char *target, const char *type, unsigned long flags,
	  const void *data);
int umount2(const char *target, int flags);
#define MNT_DETACH	2
#define UMOUNT_NOFOLLOW 8

#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467
#endif

#define MOST 100

static const char *directory;
static int contexts[MOST], mounts_made[MOST];

static long act(const char *call, int round)
{
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC,
					 .propagation = MS_PRIVATE };

	if (!strcmp(call, "mount"))
		return mount("a \"source\"", directory, "tmpfs", MS_NOSUID | MS_NODEV,
			     "size=64k,mode=700");
	if (!strcmp(call, "magic"))
		return mount(NULL, directory, "tmpfs", MS_MGC_VAL | MS_NOEXEC, NULL);
	if (!strcmp(call, "umount"))
		return umount2(directory, MNT_DETACH | UMOUNT_NOFOLLOW);
	if (!strcmp(call, "umount-missing"))
		return umount2("/no such directory", 0);
	if (!strcmp(call, "fsopen"))
		return contexts[round] = syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
	if (!strcmp(call, "fsconfig-string"))
		return syscall(SYS_fsconfig, contexts[round], FSCONFIG_SET_STRING, "size", "64k",
			       0);
	if (!strcmp(call, "fsconfig-path"))
		return syscall(SYS_fsconfig, contexts[round], FSCONFIG_SET_PATH, "no-such",
			       directory, AT_FDCWD);
	if (!strcmp(call, "fsconfig-descriptor"))
		return syscall(SYS_fsconfig, contexts[round], FSCONFIG_SET_FD, "no-such", NULL, 1);
	if (!strcmp(call, "fsconfig-create"))
		return syscall(SYS_fsconfig, contexts[round], FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (!strcmp(call, "fsmount"))
		return mounts_made[round] = syscall(SYS_fsmount, contexts[round], FSMOUNT_CLOEXEC,
						    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	if (!strcmp(call, "mount_setattr"))
		return syscall(SYS_mount_setattr, mounts_made[round], "", AT_EMPTY_PATH,
			       &attributes, sizeof(attributes));
	if (!strcmp(call, "move_mount"))
		return syscall(SYS_move_mount, mounts_made[round], "", AT_FDCWD, directory,
			       MOVE_MOUNT_F_EMPTY_PATH);
	if (!strcmp(call, "fspick"))
		return syscall(SYS_fspick, AT_FDCWD, directory, FSPICK_NO_AUTOMOUNT);
	if (!strcmp(call, "open_tree"))
		return syscall(SYS_open_tree, AT_FDCWD, directory,
			       OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (!strcmp(call, "open_tree_attr"))
		return syscall(SYS_open_tree_attr, AT_FDCWD, directory, OPEN_TREE_CLONE,
			       &attributes, sizeof(attributes));
	usage(call);
}

static int mounts(int count, char **arguments)
{
	struct stat namespace;
	long times;

	if (count < 3)
		usage("mounts NUMBER DIRECTORY CALL...");
	times = number(arguments[0]);
	directory = arguments[1];
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		die("unshare the mounts");
	if (stat("/proc/self/ns/mnt", &namespace))
		die("read the mount namespace");
	await_go("%d %lu", getpid(), (unsigned long)namespace.st_ino);
	for (int index = 2; index < count; index++) {
		for (long done = 0; done < times; done++) {
			long result = act(arguments[index], done % MOST);

			if (times <= MOST)
				printf("%ld\n", result < 0 ? -(long)errno : result);
		}
	}
	return 0;
}

WORKLOAD(mounts, mounts);
