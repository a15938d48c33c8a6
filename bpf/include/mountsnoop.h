/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_MOUNTSNOOP_H
#define BPF_MOUNTSNOOP_H

#include "wire.h"

/* With the NUL. The kernel takes no longer paths, and no more data (PATH_MAX, a page). */
#define MOUNT_TEXT_SIZE 4096
#define MOUNT_TEXTS	4

struct mountsnoop_config {
	struct trace_config trace;
};
_Static_assert(sizeof(struct mountsnoop_config) == 96, "layout is shared with Swift");

/* Followed by the texts that the call was given, in their order. */
struct mountsnoop_event {
	struct event_header header;
	__u64 start_ns; /* when the call began; 0: before it was traced */
	__s64 result; /* a descriptor or 0, or minus errno */
	__u64 arguments[5];
	__u64 attributes[4]; /* struct mount_attr */
	__u16 sizes[MOUNT_TEXTS]; /* with the NUL; 0: there is none, or it could not be read */
	__u32 number; /* of the system call */
	__u32 cut; /* a bit for each text that may be longer */
};
_Static_assert(sizeof(struct mountsnoop_event) == 160, "layout is shared with Swift");

#endif
