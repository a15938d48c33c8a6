/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_VFSSTAT_H
#define BPF_VFSSTAT_H

#include "wire.h"

struct vfsstat_config {
	struct trace_config trace;
};
_Static_assert(sizeof(struct vfsstat_config) == 96, "layout is shared with Swift");

/* What each CPU has counted since the start. */
struct vfs_counts {
	__u64 reads;
	__u64 writes;
	__u64 fsyncs;
	__u64 opens;
	__u64 creates; /* opens that made their file, which are among the opens too */
	__u64 unlinks;
	__u64 mkdirs;
	__u64 rmdirs;
};
_Static_assert(sizeof(struct vfs_counts) == 64, "layout is shared with Swift");

#endif
