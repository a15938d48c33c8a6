/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a relative path starts: the names from a directory up to the root of
 * the task that asks, through the mounts of its own mount namespace.
 */
#ifndef LIB_PATH_BPF_H
#define LIB_PATH_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "files.bpf.h"
#include "kernel_read.bpf.h"

#define AT_FDCWD	(-100)
#define PATH_NAME_SIZE	256
#define PATH_WALK_LIMIT 4096
#define PATH_WALK_DEPTH 128
/* One name may start just below the limit. */
#define PATH_WALK_SIZE	(PATH_WALK_LIMIT + PATH_NAME_SIZE)

struct path_walk {
	__u16 size;
	__u16 cut; /* the root was not reached */
	bool at_root; /* the task's own root was reached, not that of all mounts */
};

static __always_inline struct mount *mount_of(struct vfsmount *vfsmount)
{
	return (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
}

static __always_inline struct path directory_of(struct task_struct *task, int directory)
{
	struct path path = {};
	struct file *file;

	if (directory == AT_FDCWD) {
		path.mnt = KERNEL_READ(task, fs, pwd.mnt);
		path.dentry = KERNEL_READ(task, fs, pwd.dentry);
		return path;
	}
	file = file_of_descriptor(task, directory);
	path.mnt = KERNEL_READ(file, f_path.mnt);
	path.dentry = KERNEL_READ(file, f_path.dentry);
	return path;
}

/* What a step of a walk came to. */
#define WALK_NAME  0 /* a name, that is to be written */
#define WALK_MOUNT 1 /* a place where a file system is mounted, and no name */
#define WALK_ROOT  2 /* the root of the task */
#define WALK_TOP   3 /* the root of all mounts */
#define WALK_CUT   4 /* nothing that can be read */

/* Where a walk is, where it ends, and how much it has written. */
struct path_walk_state {
	struct vfsmount *mount, *root_mount;
	struct dentry *dentry, *root;
	struct dentry *mounted; /* the root of the mount */
	const unsigned char *name;
	__u32 size;
	__u32 ended; /* by which step */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct path_walk_state);
} path_walks SEC(".maps");

static __always_inline bool is_at_root(const struct path_walk_state *at)
{
	return at->dentry == at->root && at->mount == at->root_mount;
}

/*
 * Goes up to the next name, through at most one mount. A global function, which the verifier
 * looks at once: it follows a loop as often as that may run, and what is in it in all states.
 */
__noinline int walk_step(void)
{
	__u32 zero = 0;
	struct path_walk_state *at = bpf_map_lookup_elem(&path_walks, &zero);
	struct mount *mount, *above;
	struct dentry *parent;

	if (!at || !at->dentry)
		return WALK_CUT;
	if (is_at_root(at))
		return WALK_ROOT;
	parent = KERNEL_READ(at->dentry, d_parent);
	if (at->dentry == at->mounted || at->dentry == parent) {
		mount = mount_of(at->mount);
		above = KERNEL_READ(mount, mnt_parent);
		if (above == mount)
			return WALK_TOP;
		at->dentry = KERNEL_READ(mount, mnt_mountpoint);
		at->mount = &above->mnt;
		at->mounted = KERNEL_READ(above, mnt.mnt_root);
		parent = KERNEL_READ(at->dentry, d_parent);
		/* Mounted over the task's root, or over what is mounted there. */
		if (is_at_root(at) || at->dentry == at->mounted || at->dentry == parent)
			return WALK_MOUNT;
	}
	at->name = KERNEL_READ(at->dentry, d_name.name);
	at->dentry = parent;
	return WALK_NAME;
}

/*
 * Writes the names from a place up to the root of the running task, which the caller has at
 * hand, into names, which holds PATH_WALK_SIZE bytes, each name ended by a NUL.
 */
static __always_inline struct path_walk walk_from(struct task_struct *task, struct path from,
						  char *names)
{
	struct path_walk walk = { .cut = 1 };
	struct path_walk_state *at;
	__u32 zero = 0;

	at = bpf_map_lookup_elem(&path_walks, &zero);
	if (!at)
		return walk;
	at->root = KERNEL_READ(task, fs, root.dentry);
	at->root_mount = KERNEL_READ(task, fs, root.mnt);
	at->mount = from.mnt;
	at->mounted = KERNEL_READ(from.mnt, mnt_root);
	at->dentry = from.dentry;
	at->size = 0;
	at->ended = WALK_CUT;

	for (int step = 0; step < PATH_WALK_DEPTH; step++) {
		__u32 came_to = walk_step(), offset;
		long length;

		if (came_to == WALK_MOUNT)
			continue;
		if (came_to != WALK_NAME) {
			at->ended = came_to;
			break;
		}
		offset = at->size;
		if (offset >= PATH_WALK_LIMIT)
			break;
		/* The compiler would test one register and use another. */
		asm volatile("%0 &= %1" : "+r"(offset) : "i"(PATH_WALK_LIMIT - 1));
		length = bpf_probe_read_kernel_str(names + offset, PATH_NAME_SIZE, at->name);
		if (length < 0)
			break;
		at->size = offset + length;
	}
	walk.size = at->size;
	walk.at_root = at->ended == WALK_ROOT;
	walk.cut = at->ended == WALK_CUT;
	return walk;
}

/* The same from a directory of the running task. */
static __always_inline struct path_walk walk_to_root(int directory, char *names)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return walk_from(task, directory_of(task, directory), names);
}

#endif
