/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The flight recorder: events that stay in the kernel, the newest in the place of the oldest.
 *
 * Each CPU has lanes of pages. A lane is a circle of bytes: positions count on, and a record
 * begins in the page (position / RECORDER_PAGE) of its lane. A record is a header, the event,
 * and what fills it up to eight bytes. The end of the last record of a page lies beyond that
 * page's RECORDER_PAGE bytes, in room that every page has for it.
 */
#ifndef BPF_RECORDER_H
#define BPF_RECORDER_H

#ifdef __bpf__
#include "vmlinux.h"
#else
#include <linux/types.h>
#endif

/* A power of two, and a multiple of eight. */
#define RECORDER_PAGE  131072
/* The first has as many pages as were asked for, each of the others one. */
#define RECORDER_LANES 3

struct recorder_config {
	__u32 pages; /* of the first lane, a power of two; 0: there is no recorder */
	__u32 stride; /* pages of a CPU */
};
_Static_assert(sizeof(struct recorder_config) == 8, "layout is shared with Swift");

struct recorder_header {
	__u64 number; /* of the record in its lane, from 1 */
	__u32 size; /* of the event */
	__u16 back; /* the record before begins so many words of eight bytes earlier */
	__u16 lane;
};
_Static_assert(sizeof(struct recorder_header) == 16, "layout is shared with Swift");

struct recorder_lane {
	__u64 writers; /* programs that are in it or look whether one is */
	__u64 head; /* the position after the newest record, which may still be written */
	__u64 last; /* that of the newest record that is whole, where there is one */
	__u64 count; /* of records */
};
_Static_assert(sizeof(struct recorder_lane) == 32, "layout is shared with Swift");

struct recorder_cell {
	struct recorder_lane lanes[RECORDER_LANES];
};
_Static_assert(sizeof(struct recorder_cell) == 96, "layout is shared with Swift");

#define RECORDER_MAGIC	 0x7265636f72646572ull
#define RECORDER_VERSION 1

/* What is pinned with the events, in a map of one entry. */
struct recorder_meta {
	__u64 magic;
	__u32 version; /* of this file */
	__u32 cpus;
	__u32 pages; /* as in the configuration */
	__u32 page_room; /* bytes of a page with the room at its end */
	__u32 event_size; /* the least */
	__u32 padding;
	__u64 start_ns; /* CLOCK_MONOTONIC */
	__u64 last_ns; /* older events are not shown; 0: all are */
	__u64 map_bytes; /* of all maps */
	char tool[32];
	char release[32]; /* of the collection */
	char command_line[256]; /* may be cut */
};
_Static_assert(sizeof(struct recorder_meta) == 376, "layout is shared with Swift");

#endif
