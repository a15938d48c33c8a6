/* SPDX-License-Identifier: GPL-2.0 */
/* The directories that user space has named (transfers.h), and which of them a file is in. */
#ifndef LIB_DIRECTORIES_BPF_H
#define LIB_DIRECTORIES_BPF_H

#include "transfers.h"
#include "kernel_read.bpf.h"
#include "path.bpf.h"
#include "syscall.bpf.h"

#define NO_DIRECTORY	(~0u)

/* How many directories and mounts above a file are looked at. */
#define DIRECTORY_DEPTH 128

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, DIRECTORY_LIMIT);
	__type(key, __u64);
	__type(value, __u32);
} directories SEC(".maps");

/* Where a call that failed names a directory, it is known from now on. */
static __noinline int note_directory(const volatile struct directory_filter *filter, long number,
				     const struct pt_regs *regs)
{
	struct file *file;
	__u32 index;
	__u64 inode;

	if (number != SYSCALL_pread64 || SYSCALL_ARG4(regs) != filter->secret)
		return 0;
	index = SYSCALL_ARG3(regs);
	file = file_of_descriptor((void *)bpf_get_current_task(), SYSCALL_ARG1(regs));
	inode = (__u64)KERNEL_READ(file, f_inode);
	if (inode)
		bpf_map_update_elem(&directories, &inode, &index, BPF_NOEXIST);
	return 0;
}

/* Where the way up from a file is, and the last directory that it came through. */
struct directory_walk {
	struct vfsmount *mount;
	struct dentry *dentry;
	__u32 found;
	__u32 padding;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct directory_walk);
} directory_walks SEC(".maps");

/* One step up; a global function for the reason that walk_step() is one. */
__noinline int directory_step(void)
{
	__u32 zero = 0, *known;
	struct directory_walk *at = bpf_map_lookup_elem(&directory_walks, &zero);
	struct mount *mount, *above;
	struct dentry *parent;
	__u64 inode;

	if (!at)
		return 1;
	parent = KERNEL_READ(at->dentry, d_parent);
	inode = (__u64)KERNEL_READ(at->dentry, d_inode);
	known = bpf_map_lookup_elem(&directories, &inode);
	if (known)
		at->found = *known;
	if (parent == at->dentry) {
		mount = mount_of(at->mount);
		above = KERNEL_READ(mount, mnt_parent);
		if (!above || above == mount)
			return 1;
		parent = KERNEL_READ(mount, mnt_mountpoint);
		at->mount = &above->mnt;
	}
	at->dentry = parent;
	return 0;
}

/*
 * The outermost of them that a file is in, by the directories of its file system and by those
 * that this is mounted in; NO_DIRECTORY if it is in none.
 */
static __noinline __u32 directory_of_file(struct file *file)
{
	__u32 zero = 0;
	struct directory_walk *at = bpf_map_lookup_elem(&directory_walks, &zero);

	if (!at)
		return NO_DIRECTORY;
	at->dentry = KERNEL_READ(file, f_path.dentry);
	at->mount = KERNEL_READ(file, f_path.mnt);
	at->found = NO_DIRECTORY;
#pragma clang loop unroll(disable)
	for (int step = 0; step < DIRECTORY_DEPTH; step++)
		if (directory_step())
			break;
	return at->found;
}

#endif
