/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Call stacks and what is counted by them. */
#ifndef WIRE_STACKS_H
#define WIRE_STACKS_H

#include "wire.h"

/* As many as kernel.perf_event_max_stack allows by default. */
#define STACK_DEPTH	   127

/* A stack is known by a number made of its frames; 0: there is none. */
#define STACK_NOT_KEPT	   0xffffffffffffffffULL

/* In place of a user stack: perhaps an interrupt did it, and the task is who it found. */
#define STACK_OF_INTERRUPT 0xfffffffffffffffeULL

/* How a user stack was taken; 0: by the kernel, which knows frame pointers only. */
#define STACK_BY_TABLES	   1
#define STACK_BY_FRAMES	   2 /* where the tables did not say, by frame pointers */
#define STACK_WHOLE	   4 /* its last frame is where the thread began */
#define STACK_TRUNCATED	   8 /* it has as many frames as are taken, and maybe more */
#define STACK_IS_NEWS	   16 /* that of an event: the reader should look at its process */

struct stack_frames {
	__u64 check; /* another such number, which distinguishes two stacks with the same number */
	__u32 depth;
	__u32 state;
	__u64 frames[STACK_DEPTH]; /* innermost first */
};
_Static_assert(sizeof(struct stack_frames) == 1032, "layout is shared with Swift");

/*
 * The address space that user frames belong to. A process has another one after
 * exec, and a process id is given out again.
 */
struct stack_owner {
	__u64 generation; /* 0: none */
	__u32 pid; /* as the reader's proc numbers it; 0: it is not there */
	__u32 padding;
};
_Static_assert(sizeof(struct stack_owner) == 16, "layout is shared with Swift");

/* One side of what is counted: a task and its stacks. */
struct stack_side {
	struct stack_owner owner;
	__u64 kernel;
	__u64 user;
	__u32 pid; /* as they are shown */
	__u32 tid; /* 0 where threads are not distinguished */
	char comm[COMM_SIZE];
};
_Static_assert(sizeof(struct stack_side) == 56, "layout is shared with Swift");

struct stack_key {
	struct stack_side side;
	struct stack_side waker; /* all zero where wakers are not distinguished */
};
_Static_assert(sizeof(struct stack_key) == 112, "layout is shared with Swift");

struct stack_count {
	__u64 count;
	__u64 nanoseconds; /* their sum, where a time is measured */
};
_Static_assert(sizeof(struct stack_count) == 16, "layout is shared with Swift");

/* The stacks of an event, which follow it as addresses, innermost first. */
struct event_stacks {
	struct stack_owner owner; /* of the user frames */
	__u16 kernel; /* frames, which come first */
	__u16 user;
	__u32 state; /* how the user frames were taken */
};
_Static_assert(sizeof(struct event_stacks) == 24, "layout is shared with Swift");

/* How stacks are taken. */
struct stack_config {
	__u32 kernel; /* take these */
	__u32 user;
	__u32 per_thread;
	__u32 depth; /* at most STACK_DEPTH frames */
	__u32 proc_namespace; /* of process ids in the reader's proc; 0: the initial one */
	__u32 padding;
};
_Static_assert(sizeof(struct stack_config) == 24, "layout is shared with Swift");

#endif
