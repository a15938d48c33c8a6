/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_NUMASCHED_H
#define BPF_NUMASCHED_H

#include "wire.h"

struct numasched_config {
	struct trace_config trace;
	__u32 cpus; /* a move between CPUs of one node counts too */
	__u32 padding;
};
_Static_assert(sizeof(struct numasched_config) == 104, "layout is shared with Swift");

/* Where a task runs. */
struct task_place {
	__u32 node;
	__u32 cpu;
};
_Static_assert(sizeof(struct task_place) == 8, "layout is shared with Swift");

struct numasched_event {
	struct event_header header;
	struct task_place from;
	struct task_place to;
};
_Static_assert(sizeof(struct numasched_event) == 72, "layout is shared with Swift");

#endif
