/* SPDX-License-Identifier: GPL-2.0 */
/* Call stacks that go to user space with the event, as addresses after it. */
#ifndef LIB_STACK_EVENT_BPF_H
#define LIB_STACK_EVENT_BPF_H

#include "kernel_stack_event.bpf.h"
#include "stack_owner.bpf.h"
#include "unwind.bpf.h"

/*
 * The running task's user stack by tables, and how many frames it has; 0 where it is to be
 * taken in another way.
 */
static __noinline __u32 take_unwound_frames(__u32 depth, struct event_stacks *stacks, __u64 *frames)
{
	const struct stack_owner owner = stacks->owner;
	struct stack_frames *stack;
	bool is_news = false;
	__u32 count;

	stack = unwind_stack(&owner, depth, &is_news, UNWIND_HERE);
	if (!stack)
		return 0;
	count = bounded_depth(stack->depth);
	bpf_probe_read_kernel(frames, count * sizeof(*frames), stack->frames);
	stacks->state = stack->state;
	if (is_news)
		stacks->state |= STACK_IS_NEWS;
	if (count == depth && !(stack->state & STACK_WHOLE)) {
		stacks->state |= STACK_TRUNCATED;
		LEDGER_ADD(truncated);
	}
	return count;
}

static __always_inline __u32 take_user_frames(void *context,
					      const volatile struct stack_config *config,
					      struct event_stacks *stacks, __u64 *frames)
{
	__u32 count = 0;

	if (unwind_enabled)
		count = take_unwound_frames(config->depth, stacks, frames);
	if (!count) {
		count = take_frames(context, config->depth, frames, BPF_F_USER_STACK);
		if (count == config->depth)
			stacks->state = STACK_TRUNCATED;
	}
	return bounded_depth(count);
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
	__u32 kernel = take_kernel_tail(context, config, tail, stacks), user = 0;

	if (config->user && !task_is_of_kernel(task, false)) {
		stacks->owner = task_stack_owner(task, config->proc_namespace, false);
		user = take_user_frames(context, config, stacks, &tail->frames[kernel]);
		stacks->user = user;
	}
	return (kernel + user) * sizeof(*tail->frames);
}

#endif
