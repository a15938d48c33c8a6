/* SPDX-License-Identifier: GPL-2.0 */
/* Call stacks that go to user space with the event, as addresses after it. */
#ifndef LIB_STACK_EVENT_BPF_H
#define LIB_STACK_EVENT_BPF_H

#include "stacks.h"
#include <bpf/bpf_helpers.h>
#include "ledger.bpf.h"
#include "stack_owner.bpf.h"

/* A power of two, so that the verifier knows what stays inside. */
#define STACK_TAIL_DEPTH 128

struct stack_tail {
	__u64 frames[2 * STACK_TAIL_DEPTH];
};

/* What leads from a hook to the program, which the reader leaves out, is less than this. */
#define TRACER_DEPTH 8

static __always_inline __u32 take_frames(void *context, __u32 depth, __u64 *frames, __u64 flags)
{
	__u32 count;
	long length;

	if (depth > STACK_DEPTH)
		depth = STACK_DEPTH;
	length = bpf_get_stack(context, frames, depth * sizeof(*frames), flags);
	if (length < 0)
		return 0;
	count = (__u32)length / sizeof(*frames) & (STACK_TAIL_DEPTH - 1);
	if (count == depth)
		LEDGER_ADD(truncated);
	return count;
}

/*
 * Puts the stacks of the running task after an event, and returns how many bytes they
 * are.
 */
static __always_inline __u32 take_stack_tail(void *context,
					     const volatile struct stack_config *config,
					     struct stack_tail *tail, struct event_stacks *stacks)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 kernel = 0, user = 0;

	if (config->kernel)
		kernel = take_frames(context, config->depth + TRACER_DEPTH, tail->frames, 0);
	if (config->user && !task_is_of_kernel(task, false)) {
		user = take_frames(context, config->depth, &tail->frames[kernel], BPF_F_USER_STACK);
		stacks->owner = task_stack_owner(task, config->proc_namespace, false);
	}
	stacks->kernel = kernel;
	stacks->user = user;
	return (kernel + user) * sizeof(*tail->frames);
}

#endif
