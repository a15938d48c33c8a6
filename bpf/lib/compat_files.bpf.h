/* SPDX-License-Identifier: GPL-2.0 */
/* Differences between kernels as in compat.bpf.h: the functions that change directories. */
#ifndef LIB_COMPAT_FILES_BPF_H
#define LIB_COMPAT_FILES_BPF_H

#include "compat.bpf.h"
#include "kernel_read.bpf.h"

/*
 * Whether vfs_unlink() and vfs_rmdir() take the mount's mapping of ids first: from 5.12
 * (6521f8917082 "namei: prepare for idmapped mounts"), the release in which mounts have got one
 * (a6435940b62f "mount: attach mappings to mounts").
 */
static __always_inline bool passes_id_mapping(void)
{
	return bpf_core_field_exists(((struct vfsmount *)0)->mnt_idmap) ||
	       bpf_core_field_exists(((struct vfsmount___before_6_2 *)0)->mnt_userns);
}

/*
 * Whether vfs_rename() takes one struct: from 5.12 (9fe61450972d "namei: introduce struct
 * renamedata"), and on Debian's 5.10, which is without the mapping.
 */
static __always_inline bool has_renamedata(void)
{
	return bpf_core_type_exists(struct renamedata);
}

static __always_inline struct dentry *removed_entry(__u64 *args)
{
	if (passes_id_mapping())
		return ARGUMENT(struct dentry *, args, 2);
	return ARGUMENT(struct dentry *, args, 1);
}

struct rename_entries {
	struct dentry *from, *to;
	__u32 flags;
};

static __always_inline struct rename_entries renamed_entries(__u64 *args)
{
	struct rename_entries entries;

	if (has_renamedata()) {
		struct renamedata *data = ARGUMENT(struct renamedata *, args, 0);

		entries.from = KERNEL_READ(data, old_dentry);
		entries.to = KERNEL_READ(data, new_dentry);
		entries.flags = KERNEL_READ(data, flags);
	} else {
		entries.from = ARGUMENT(struct dentry *, args, 1);
		entries.to = ARGUMENT(struct dentry *, args, 3);
		entries.flags = ARGUMENT(__u64, args, 5);
	}
	return entries;
}

/* What a function returned; before 5.17 it is at one of two places. */
#define FUNCTION_RESULT(ARGS, IS_NEWER, PLACE, OLDER_PLACE)                  \
	({                                                                   \
		__u64 result = 0;                                            \
                                                                             \
		if (!takes_function_result(ARGS, &result)) {                 \
			if (IS_NEWER)                                        \
				result = ARGUMENT(__u64, ARGS, PLACE);       \
			else                                                 \
				result = ARGUMENT(__u64, ARGS, OLDER_PLACE); \
		}                                                            \
		result;                                                      \
	})

static __always_inline int unlink_result(__u64 *args)
{
	return FUNCTION_RESULT(args, passes_id_mapping(), 4, 3);
}

static __always_inline int rmdir_result(__u64 *args)
{
	return FUNCTION_RESULT(args, passes_id_mapping(), 3, 2);
}

static __always_inline int rename_result(__u64 *args)
{
	return FUNCTION_RESULT(args, has_renamedata(), 1, 6);
}

/*
 * lookup_fast() had three arguments before 5.19, and d_alloc_parallel() has as many up to
 * 6.18.
 */
static __always_inline __u64 result_after_three(__u64 *args)
{
	return FUNCTION_RESULT(args, true, 3, 3);
}

/* Whether an entry is new, and its file system is being asked for it. */
enum dentry_flags {
	DCACHE_PAR_LOOKUP,
};

static __always_inline bool entry_is_in_lookup(struct dentry *entry)
{
	unsigned int flag = 1 << 28;

	/* Before it was an enumeration it was a macro. */
	if (bpf_core_enum_value_exists(enum dentry_flags, DCACHE_PAR_LOOKUP))
		flag = bpf_core_enum_value(enum dentry_flags, DCACHE_PAR_LOOKUP);
	return KERNEL_READ(entry, d_flags) & flag;
}

#endif
