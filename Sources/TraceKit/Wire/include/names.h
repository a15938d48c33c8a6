/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What happens to the names of files (lib/names.bpf.h, lib/name_calls.bpf.h). */
#ifndef BPF_NAMES_H
#define BPF_NAMES_H

#include "path.h"
#include "wire.h"

/* What happened to a name. */
#define NAME_REMOVED	       0
#define NAME_REMOVED_DIRECTORY 1
#define NAME_RENAMED	       2
#define NAME_EXCHANGED	       3
#define NAME_CREATED	       4
#define NAME_LINKED	       5

/* Followed by the first path and the names of its directory, and by those of the second. */
struct name_event {
	struct event_header header;
	struct event_path path;
	struct event_path new_path; /* of what is renamed or linked */
	__u64 created_ns; /* of what is removed; 0: not known by the kernel side */
	__u64 root; /* of the paths: where the root directory of the task is */
	__u32 mount_namespace; /* the same; 0, as the two above, where the tool has no use for it */
	__u32 kind;
};
_Static_assert(sizeof(struct name_event) == 96, "layout is shared with Swift");

#endif
