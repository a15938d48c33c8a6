/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's call stack, which goes to user space with the event, as addresses after it. */
#ifndef LIB_KERNEL_STACK_EVENT_BPF_H
#define LIB_KERNEL_STACK_EVENT_BPF_H

#include "stacks.h"
#include <bpf/bpf_helpers.h>
#include "ledger.bpf.h"

/* A power of two, so that the verifier knows what stays inside. */
#define STACK_TAIL_DEPTH 128

struct stack_tail {
	__u64 frames[2 * STACK_TAIL_DEPTH];
};

/* What leads from a hook to the program, which the reader leaves out, is less than this. */
#define TRACER_DEPTH 8

/* The compiler would leave the mask out, or put it where the verifier loses it. */
static __always_inline __u32 bounded_depth(__u32 count)
{
	barrier_var(count);
	return count & (STACK_TAIL_DEPTH - 1);
}

static __always_inline __u32 take_frames(void *context, __u32 depth, __u64 *frames, __u64 flags)
{
	__u32 count;
	long length;

	if (depth > STACK_DEPTH)
		depth = STACK_DEPTH;
	length = bpf_get_stack(context, frames, depth * sizeof(*frames), flags);
	if (length < 0)
		return 0;
	count = (__u32)length / sizeof(*frames);
	if (count == depth)
		LEDGER_ADD(truncated);
	return bounded_depth(count);
}

/* Puts the kernel's stack after an event, and returns how many frames it has. */
static __always_inline __u32 take_kernel_tail(void *context,
					      const volatile struct stack_config *config,
					      struct stack_tail *tail, struct event_stacks *stacks)
{
	__u32 count = 0;

	if (config->kernel)
		count = take_frames(context, config->depth + TRACER_DEPTH, tail->frames, 0);
	__builtin_memset(stacks, 0, sizeof(*stacks));
	stacks->kernel = count;
	return count;
}

#endif
