/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_TTYSNOOP_H
#define BPF_TTYSNOOP_H

#include "wire.h"

/* The most that one record has of a write. */
#define TTY_PIECE_SIZE	4096
#define TTY_MOST_PIECES 64

/* Devices as the kernel numbers them: the minor number in the lower 20 bits. */
struct ttysnoop_config {
	struct trace_config trace;
	__u32 limit; /* so many bytes of a write are shown */
	struct own_process own; /* what the tool writes itself is not shown */
	__u32 device; /* 0: all terminals */
	__u32 file_system; /* of a pseudo-terminal, whose number is unique there only */
	__u32 padding;
};
_Static_assert(sizeof(struct ttysnoop_config) == 120, "layout is shared with Swift");

/* A record is this, followed by the bytes. */
struct ttysnoop_event {
	struct event_header header;
	__u32 device;
	__u32 size; /* of what follows */
	__u32 cut; /* more was written than is shown */
	__u32 padding;
};
_Static_assert(sizeof(struct ttysnoop_event) == 72, "layout is shared with Swift");

#endif
