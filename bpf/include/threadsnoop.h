/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_THREADSNOOP_H
#define BPF_THREADSNOOP_H

#include "stacks.h"
#include "wire.h"

struct threadsnoop_config {
	struct trace_config trace;
	struct own_process own; /* whose threads are not shown */
};
_Static_assert(sizeof(struct threadsnoop_config) == 104, "layout is shared with Swift");

struct threadsnoop_event {
	struct event_header header; /* the thread that creates another */
	struct stack_owner owner;
	__u64 function; /* the address at which the new thread starts */
	__u64 argument;
};
_Static_assert(sizeof(struct threadsnoop_event) == 88, "layout is shared with Swift");

#endif
