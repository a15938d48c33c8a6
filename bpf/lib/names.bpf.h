/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names that are removed and renamed, by the functions of the kernel that all ways lead to:
 * system calls of any program, io_uring and servers in the kernel. Before a program includes
 * this file, it declares config and defines
 *
 *   names_are_wanted()              asked before all else
 *   names_change(change, succeeded) called at the end, with what was written down at the start
 */
#ifndef LIB_NAMES_BPF_H
#define LIB_NAMES_BPF_H

#include "names.h"
#include <bpf/bpf_tracing.h>
#include "compat_files.bpf.h"
#include "events.bpf.h"
#include "kernel_read.bpf.h"
#include "path.bpf.h"

#define RENAME_EXCHANGE	  2
#define PF_KTHREAD	  0x00200000

/* A change that has not ended after so long was not seen to end. */
#define NAME_CHANGE_LIMIT 10000000000ULL

/* A file, as long as it is: the numbers can come again, but not with the generation. */
struct file_identity {
	struct super_block *super;
	struct inode *inode; /* only where subvolumes number for themselves */
	unsigned long number;
	__u64 generation;
};

/* A change that is under way: what is sent, and then what is not. */
struct name_change {
	struct name_event event;
	char names[2 * PATH_NAME_SIZE];
	struct dentry *dentry;
	struct inode *gone; /* what is removed, or replaced by what is renamed */
	struct file_identity identity; /* of the same */
};

/*
 * By thread. Large for its few entries, so that what is noted needs neither the stack nor a
 * scratch record, in which another program could write meanwhile.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 512);
	__type(key, __u32);
	__type(value, struct name_change);
} name_changes SEC(".maps");

struct name_change no_change;

#define BTRFS_SUPER_MAGIC 0x9123683e

static __always_inline struct file_identity identify(struct inode *inode)
{
	struct file_identity identity = {
		.super = KERNEL_READ(inode, i_sb),
		.number = KERNEL_READ(inode, i_ino),
		.generation = KERNEL_READ(inode, i_generation),
	};

	if (KERNEL_READ(inode, i_sb, s_magic) == BTRFS_SUPER_MAGIC)
		identity.inode = inode;
	return identity;
}

/*
 * An overlay calls the same functions for the file system below, with the credentials of
 * who mounted it. So does a server in the kernel, but it has no other call around.
 */
static __always_inline bool acts_for_another(struct task_struct *task)
{
	return KERNEL_READ(task, cred) != KERNEL_READ(task, real_cred) &&
	       !(KERNEL_READ(task, flags) & PF_KTHREAD);
}

static __always_inline __u16 copy_entry_name(char *to, struct dentry *dentry)
{
	long length =
		bpf_probe_read_kernel_str(to, PATH_NAME_SIZE, KERNEL_READ(dentry, d_name.name));

	return length > 0 && length <= PATH_NAME_SIZE ? length : 0;
}

/* Writes down what is about to happen to the entry. */
static __noinline int change_begins(struct dentry *dentry, struct dentry *new_dentry, __u32 kind)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct name_change *change = bpf_map_lookup_elem(&name_changes, &tid);
	struct dentry *last = new_dentry ? new_dentry : dentry;
	struct inode *gone = KERNEL_READ(last, d_inode);
	__u64 now = bpf_ktime_get_ns();
	__u32 offset;

	if ((change && now - change->event.header.time_ns < NAME_CHANGE_LIMIT) ||
	    acts_for_another((void *)bpf_get_current_task()))
		return 0;
	if (bpf_map_update_elem(&name_changes, &tid, &no_change, BPF_ANY)) {
		LEDGER_ADD(seen);
		LEDGER_ADD(map_full);
		return 0;
	}
	change = bpf_map_lookup_elem(&name_changes, &tid);
	if (!change)
		return 0;
	change->event.header.time_ns = now;
	change->event.kind = kind;
	change->dentry = dentry;
	change->gone = gone;
	if (gone)
		change->identity = identify(gone);
	change->event.path.size = copy_entry_name(change->names, dentry);
	if (!new_dentry)
		return 0;
	offset = change->event.path.size;
	barrier_var(offset);
	if (offset > PATH_NAME_SIZE)
		return 0;
	change->event.new_path.size = copy_entry_name(change->names + offset, new_dentry);
	return 0;
}

static __noinline int change_ends(struct dentry *dentry, int result)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct name_change *change = bpf_map_lookup_elem(&name_changes, &tid);

	if (!change || (dentry && change->dentry != dentry))
		return 0;
	if (!result)
		names_change(change);
	bpf_map_delete_elem(&name_changes, &tid);
	return 0;
}

/* Describes the running task, and sends the change. */
static __always_inline void emit_change(struct name_change *change)
{
	__u64 size = sizeof(change->event) + change->event.path.size + change->event.new_path.size;

	fill_header(&config.trace, &change->event.header);
	barrier_var(size);
	if (size <= sizeof(change->event) + sizeof(change->names))
		emit(&config.trace, change, size);
}

SEC("fentry/vfs_unlink")
int vfs_unlink_entry(__u64 *args)
{
	return names_are_wanted() ? change_begins(removed_entry(args), NULL, NAME_REMOVED) : 0;
}

SEC("fexit/vfs_unlink")
int vfs_unlink_exit(__u64 *args)
{
	return change_ends(removed_entry(args), unlink_result(args));
}

SEC("fentry/vfs_rmdir")
int vfs_rmdir_entry(__u64 *args)
{
	return names_are_wanted() ? change_begins(removed_entry(args), NULL, NAME_REMOVED_DIRECTORY)
				  : 0;
}

SEC("fexit/vfs_rmdir")
int vfs_rmdir_exit(__u64 *args)
{
	return change_ends(removed_entry(args), rmdir_result(args));
}

SEC("fentry/vfs_rename")
int vfs_rename_entry(__u64 *args)
{
	struct rename_entries entries;
	struct dentry *from, *to;

	if (!names_are_wanted())
		return 0;
	entries = renamed_entries(args);
	from = entries.from;
	to = entries.to;
	/* Two names of one file stay as they are. */
	if (KERNEL_READ(from, d_inode) == KERNEL_READ(to, d_inode))
		return 0;
	return change_begins(from, to,
			     entries.flags & RENAME_EXCHANGE ? NAME_EXCHANGED : NAME_RENAMED);
}

SEC("fexit/vfs_rename")
int vfs_rename_exit(__u64 *args)
{
	return change_ends(renamed_entries(args).from, rename_result(args));
}

#endif
