/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The calls of functions that each thread is in, also such as call each other or themselves.
 * Before a program includes this file, it defines
 *
 *   CALL_FIELDS        what else is kept of a call, as members of a struct; may be empty
 *   calls_config       the struct calls_config that user space sets
 */
#ifndef LIB_NESTED_CALLS_BPF_H
#define LIB_NESTED_CALLS_BPF_H

#include "calls.h"
#include <bpf/bpf_helpers.h>
#include "ledger.bpf.h"

struct call {
	__u64 began;
	__u64 stack; /* the stack pointer at the begin, or 0 */
	__u64 function;
	CALL_FIELDS
};

/* The calls that a thread is in, the outermost first. */
struct calls {
	__u64 depth;
	struct call calls[CALLS_DEPTH];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct calls);
} threads SEC(".maps");

static const struct calls no_calls;

/* Idle tasks have the same number on all CPUs. */
static __always_inline __u64 this_thread(void)
{
	__u64 thread = bpf_get_current_pid_tgid();

	return thread ? thread : (__u64)(bpf_get_smp_processor_id() + 1) << 32;
}

static __always_inline struct call *call_at(struct calls *calls, __u64 level)
{
	return &calls->calls[level & (CALLS_DEPTH - 1)];
}

/*
 * Has a call ended without a return when another begins? Its frame is then not above
 * the other's, or in its place, where a function can begin another as its last deed.
 */
static __always_inline bool is_over(const struct call *call, __u64 stack, __u64 function)
{
	return call->stack < stack || (call->stack == stack && call->function == function);
}

/*
 * Is a return not that of the innermost call, but of one outside of it? On return the
 * stack pointer is back where it was at the begin, or above. In the kernel calls are
 * nested, but it can miss returns.
 */
static __always_inline bool returns_over(const struct call *call, const struct call *outer,
					 __u64 stack, __u64 function)
{
	if (calls_config.has_stack)
		return outer->stack > call->stack && outer->stack <= stack;
	return calls_config.told_apart && call->function != function;
}

/*
 * A call of the running thread begins. Returns where more can be kept of it, and the time;
 * NULL where it is not kept.
 */
static __always_inline struct call *call_begins(__u64 stack, __u64 function)
{
	__u64 thread = this_thread(), depth;
	struct call *call = NULL;
	struct calls *calls;

	calls = bpf_map_lookup_elem(&threads, &thread);
	if (!calls) {
		bpf_map_update_elem(&threads, &thread, &no_calls, BPF_NOEXIST);
		calls = bpf_map_lookup_elem(&threads, &thread);
		if (!calls) {
			LEDGER_ADD(map_full);
			return NULL;
		}
	}
	depth = calls->depth;
	for (int level = 0; calls_config.has_stack && level < CALLS_DEPTH; level++) {
		if (!depth || depth > CALLS_DEPTH ||
		    !is_over(call_at(calls, depth - 1), stack, function))
			break;
		depth--;
	}
	if (depth < calls_config.depth && depth < CALLS_DEPTH) {
		call = call_at(calls, depth);
		call->stack = stack;
		call->function = function;
		call->began = bpf_ktime_get_ns();
	} else if (calls_config.depth == CALLS_DEPTH) {
		LEDGER_ADD(map_full);
	}
	/* Deeper ones are told by their number, so that their returns are theirs. */
	calls->depth = depth + 1;
	return call;
}

/* The call that ends with a return of the running thread; NULL where it is not kept. */
static __always_inline struct call *call_returns(__u64 stack, __u64 function)
{
	__u64 thread = this_thread(), depth;
	struct calls *calls = bpf_map_lookup_elem(&threads, &thread);
	struct call *call;

	if (!calls || !calls->depth)
		return NULL;
	depth = calls->depth - 1;
	if (depth >= calls_config.depth || depth >= CALLS_DEPTH) {
		calls->depth = depth;
		return NULL;
	}
	for (int level = 0; level < CALLS_DEPTH; level++) {
		if (!depth || !returns_over(call_at(calls, depth), call_at(calls, depth - 1), stack,
					    function))
			break;
		depth--;
	}
	call = call_at(calls, depth);
	if ((calls_config.told_apart && call->function != function) ||
	    (calls_config.has_stack && call->stack > stack))
		return NULL;
	calls->depth = depth;
	return call;
}

/* How many calls the running thread is in. */
static __always_inline __u64 calls_depth(void)
{
	__u64 thread = this_thread();
	struct calls *calls = bpf_map_lookup_elem(&threads, &thread);

	return calls ? calls->depth : 0;
}

/* Kernels before 5.15 have no cookies. */
static __always_inline __u64 function_of(void *context)
{
	return calls_config.told_apart ? bpf_get_attach_cookie(context) : 0;
}

#endif
