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

/*
 * Where a walk is and how much it has written. It is in a map because the verifier does
 * not follow values there: as variables they are other ones after each name, and each
 * would be a state to verify by itself.
 */
struct path_walk_state {
	struct vfsmount *mount;
	struct dentry *dentry;
	__u32 size;
	__u32 padding;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct path_walk_state);
} path_walks SEC(".maps");

/*
 * Writes the names from a place up to the root of the running task, which the caller has at
 * hand, into names, which holds PATH_WALK_SIZE bytes, each name ended by a NUL.
 */
static __always_inline struct path_walk walk_from(struct task_struct *task, struct path from,
						  char *names)
{
	struct dentry *root = KERNEL_READ(task, fs, root.dentry);
	struct vfsmount *root_mount = KERNEL_READ(task, fs, root.mnt);
	struct path_walk walk = { .cut = 1 };
	volatile struct path_walk_state *at;
	__u32 zero = 0;

	at = bpf_map_lookup_elem(&path_walks, &zero);
	if (!at)
		return walk;
	at->mount = from.mnt;
	at->dentry = from.dentry;
	at->size = 0;

	for (int step = 0; step < PATH_WALK_DEPTH; step++) {
		struct vfsmount *mnt = at->mount;
		struct dentry *dentry = at->dentry, *parent;
		__u32 offset;
		long length;

		if (!dentry)
			break;
		if (dentry == root && mnt == root_mount) {
			walk.cut = 0;
			walk.at_root = true;
			break;
		}
		parent = KERNEL_READ(dentry, d_parent);
		if (dentry == KERNEL_READ(mnt, mnt_root) || dentry == parent) {
			struct mount *mount = mount_of(mnt);
			struct mount *above = KERNEL_READ(mount, mnt_parent);

			if (above == mount) {
				walk.cut = 0;
				break;
			}
			at->dentry = KERNEL_READ(mount, mnt_mountpoint);
			at->mount = &above->mnt;
			continue;
		}
		offset = at->size;
		if (offset >= PATH_WALK_LIMIT)
			break;
		/* The compiler would test one register and use another. */
		asm volatile("%0 &= %1" : "+r"(offset) : "i"(PATH_WALK_LIMIT - 1));
		length = bpf_probe_read_kernel_str(names + offset, PATH_NAME_SIZE,
						   KERNEL_READ(dentry, d_name.name));
		if (length < 0)
			break;
		at->size = offset + length;
		at->dentry = parent;
	}
	walk.size = at->size;
	return walk;
}

/* The same from a directory of the running task. */
static __always_inline struct path_walk walk_to_root(int directory, char *names)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return walk_from(task, directory_of(task, directory), names);
}

#endif
