/* SPDX-License-Identifier: GPL-2.0 */
/* The path of an inode in its file system, by the first of its names that is in memory. */
#ifndef BPF_WRITESNOOP_BPF_H
#define BPF_WRITESNOOP_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "writesnoop.h"
#include "lib/kernel_read.bpf.h"

#define INODE_PATH_DEPTH 32
/* Where the last name can start at most. */
#define INODE_PATH_LIMIT (INODE_PATH_SIZE / 2)

/*
 * How much the walk has written, kept from the verifier, which would follow every sum of
 * lengths by itself.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} inode_path_size SEC(".maps");

/* Where the kernel's union has no name (7.2 has it so, 6.18 not). */
struct dentry___without_d_u {
	struct hlist_node d_alias;
} __attribute__((preserve_access_index));

static __noinline struct dentry *dentry_of_inode(struct inode *inode)
{
	struct hlist_node *alias = KERNEL_READ(inode, i_dentry.first);

	if (!alias)
		return NULL;
	if (bpf_core_field_exists(struct dentry, d_u.d_alias))
		return (void *)alias - bpf_core_field_offset(struct dentry, d_u.d_alias);
	if (bpf_core_field_exists(struct dentry___without_d_u, d_alias))
		return (void *)alias - bpf_core_field_offset(struct dentry___without_d_u, d_alias);
	return NULL;
}

/* Without a name in memory the path stays empty. */
static __noinline int read_inode_path(struct inode *inode, struct inode_path *path)
{
	struct dentry *at = dentry_of_inode(inode);
	__u32 zero = 0, *size = bpf_map_lookup_elem(&inode_path_size, &zero);

	if (!at || !size || !path)
		return 0;
	*size = 0;
	path->cut = 1;
#pragma clang loop unroll(disable)
	for (int step = 0; step < INODE_PATH_DEPTH; step++) {
		struct dentry *parent = KERNEL_READ(at, d_parent);
		__u32 offset = *size;
		long length;

		if (at == parent) {
			path->cut = 0;
			break;
		}
		if (offset >= INODE_PATH_LIMIT)
			break;
		/* The compiler would test one register and use another. */
		asm volatile("%0 &= %1" : "+r"(offset) : "i"(INODE_PATH_LIMIT - 1));
		length = bpf_probe_read_kernel_str(path->names + offset, INODE_PATH_LIMIT,
						   KERNEL_READ(at, d_name.name));
		if (length < 0)
			break;
		*size = offset + length;
		at = parent;
	}
	path->size = *size;
	return 0;
}

#endif
