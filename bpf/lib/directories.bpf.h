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

/*
 * The outermost of them that a file is in, by the directories of its file system and by those
 * that this is mounted in; NO_DIRECTORY if it is in none.
 */
static __noinline __u32 directory_of_file(struct file *file)
{
	struct dentry *dentry = KERNEL_READ(file, f_path.dentry);
	struct vfsmount *mnt = KERNEL_READ(file, f_path.mnt);
	__u32 found = NO_DIRECTORY;

#pragma clang loop unroll(disable)
	for (int step = 0; step < DIRECTORY_DEPTH; step++) {
		struct dentry *parent = KERNEL_READ(dentry, d_parent);
		__u64 inode = (__u64)KERNEL_READ(dentry, d_inode);
		__u32 *known = bpf_map_lookup_elem(&directories, &inode);

		if (known)
			found = *known;
		if (parent == dentry) {
			struct mount *mount = mount_of(mnt);
			struct mount *above = KERNEL_READ(mount, mnt_parent);

			if (!above || above == mount)
				break;
			parent = KERNEL_READ(mount, mnt_mountpoint);
			mnt = &above->mnt;
		}
		dentry = parent;
	}
	return found;
}

#endif
