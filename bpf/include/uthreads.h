/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_UTHREADS_H
#define BPF_UTHREADS_H

#include "language.h"
#include "stacks.h"
#include "wire.h"

/* What became of a thread: the C library made it, or a runtime began or ended it. */
#define UTHREADS_CREATED   0
#define UTHREADS_BEGAN	   1
#define UTHREADS_ENDED	   2

/* With its NUL. */
#define UTHREADS_NAME_SIZE 128

struct uthreads_config {
	struct trace_config trace;
	struct language_config language;
};
_Static_assert(sizeof(struct uthreads_config) == sizeof(struct trace_config) + 8,
	       "layout is shared with Swift");

struct uthreads_event {
	struct event_header header; /* the thread that creates another, or that begins or ends */
	struct stack_owner owner;
	__u64 runtime_id; /* the number that the runtime gave it */
	__u64 native_id; /* that of the kernel */
	__u64 function; /* the address at which a thread of the C library starts */
	__u32 kind;
	__u32 padding;
	char name[UTHREADS_NAME_SIZE];
};
_Static_assert(sizeof(struct uthreads_event) == 232, "layout is shared with Swift");

#endif
