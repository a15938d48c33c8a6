/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_SOFDSNOOP_H
#define BPF_SOFDSNOOP_H

#include "path.h"
#include "wire.h"

struct sofdsnoop_config {
	struct trace_config trace;
};
_Static_assert(sizeof(struct sofdsnoop_config) == 96, "layout is shared with Swift");

#define PASSED_RECEIVED 1 /* else sent */
#define PASSED_PSEUDO	2 /* the file has a name and no place */
#define PASSED_DELETED	4
#define PASSED_PEEKED	8

/* A descriptor that was passed. */
struct sofdsnoop_event {
	struct event_header header;
	struct event_path path;
	__u64 inode; /* of its file */
	__u64 socket_inode;
	__u32 magic; /* of the file system of its file */
	__u32 flags;
	__s32 socket;
	__s32 descriptor;
	__u32 number; /* of the system call */
	__u32 padding;
};
_Static_assert(sizeof(struct sofdsnoop_event) == 104, "layout is shared with Swift");

#endif
