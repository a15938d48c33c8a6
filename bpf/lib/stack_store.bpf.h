/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Call stacks, kept once each under a number. Include it after defining STACK_KEY, the
 * type of what has such numbers in it.
 *
 * BPF_MAP_TYPE_STACK_TRACE knows a stack by 32 bits of a hash: of two stacks that
 * fall together one is dropped, or taken for the other. Here a stack has a number
 * of 64 bits, and 64 other bits beside its frames, so that only two with the same
 * 128 could be taken for one; what cannot be kept is counted as map_full.
 *
 * There are two sets. The reader turns the programs to the other one, waits for
 * those that are running, and then has a set that nobody writes.
 */
#ifndef LIB_STACK_STORE_BPF_H
#define LIB_STACK_STORE_BPF_H

#include "stacks.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "atomic.bpf.h"
#include "compat.bpf.h"
#include "ledger.bpf.h"
#include "stack_owner.bpf.h"
#include "task.bpf.h"
#include "unwind.bpf.h"

/* Not LRU maps, which can be full for a CPU that has room elsewhere. */
struct stacks {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, __u64);
	__type(value, struct stack_frames);
};

struct stacks stacks_even SEC(".maps");
struct stacks stacks_odd SEC(".maps");

/* Which set is written: 0 or 1. Set by the reader. */
__u32 stack_set;

/* A set with so many entries is to be emptied soon; 0: when the reader wants to. */
const volatile __u32 stack_set_enough;

/* How many each set has, and whether the reader was asked; it clears what it has emptied. */
__u32 stack_set_entries[2];
__u32 stack_set_asked[2];

/* Too large for a program's own stack. */
struct stack_scratch {
	struct stack_frames frames;
	STACK_KEY key;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stack_scratch);
} stack_scratch SEC(".maps");

/*
 * How often each address space was met. At the first time, the second, the fourth
 * and so on the reader is told, to read what is mapped there while it is.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct stack_owner);
	__type(value, __u32);
} stack_owners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} stack_news SEC(".maps");

static __always_inline struct stack_scratch *stack_scratch_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&stack_scratch, &zero);
}

/* The finaliser of SplitMix64: each bit of the result depends on all of the value. */
static __always_inline __u64 mixed(__u64 value)
{
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ULL;
	value = (value ^ value >> 27) * 0x94d049bb133111ebULL;
	return value ^ value >> 31;
}

/* There is one more entry in the set that is written; news without a process ask for it. */
static __always_inline void stack_set_grows(void)
{
	struct stack_owner nobody = {};
	__u32 set = stack_set & 1;

	if (!stack_set_enough)
		return;
	ATOMIC_ADD(&stack_set_entries[set], 1);
	if (stack_set_entries[set] < stack_set_enough || stack_set_asked[set])
		return;
	if (!bpf_ringbuf_output(&stack_news, &nobody, sizeof(nobody), 0))
		stack_set_asked[set] = 1;
}

/* The number of the stack in the scratch, which is kept where it is new; else 0. */
static __noinline __u64 keep_stack(struct stack_frames *scratch)
{
	__u64 number = 0, check = 0;
	struct stack_frames *kept;
	__u32 depth, state;

	if (!scratch)
		return 0;
	depth = scratch->depth;
	state = scratch->state;
	for (__u32 index = 0; index < STACK_DEPTH; index++) {
		__u64 frame;

		if (index >= depth)
			break;
		frame = scratch->frames[index];
		number = (number ^ frame) * 0x9e3779b97f4a7c15ULL;
		number ^= number >> 32;
		check = (check << 7 | check >> 57) + frame * 0xd6e8feb86659fd93ULL;
	}
	number = mixed(number ^ depth ^ (__u64)state << 32);
	if (!number)
		number = 1;
	scratch->check = check;
	for (int attempt = 0; attempt < 2; attempt++) {
		kept = stack_set & 1 ? bpf_map_lookup_elem(&stacks_odd, &number)
				     : bpf_map_lookup_elem(&stacks_even, &number);
		if (kept)
			return kept->check == check && kept->depth == depth && kept->state == state
				       ? number
				       : 0;
		/* Another CPU may have been faster, so a failure says nothing. */
		if (!(stack_set & 1
			      ? bpf_map_update_elem(&stacks_odd, &number, scratch, BPF_NOEXIST)
			      : bpf_map_update_elem(&stacks_even, &number, scratch, BPF_NOEXIST)))
			stack_set_grows();
	}
	return 0;
}

/* How many bytes of frames are taken. */
static __always_inline __u32 stack_bytes(const volatile struct stack_config *config)
{
	__u32 size = config->depth * sizeof(__u64);

	return size > sizeof(((struct stack_frames *)0)->frames)
		       ? sizeof(((struct stack_frames *)0)->frames)
		       : size;
}

/* What bpf_get_stack() has put there, by its result; false where that is nothing. */
static __always_inline bool finish_stack(struct stack_frames *stack, long length)
{
	if (length <= 0)
		return false;
	stack->depth = (__u64)length / sizeof(__u64);
	stack->state = 0;
	return true;
}

/* Reads a stack of the running task; false where there is none. */
static __always_inline bool read_stack(void *context, const volatile struct stack_config *config,
				       struct stack_frames *scratch, __u64 flags)
{
	return finish_stack(scratch,
			    bpf_get_stack(context, scratch->frames, stack_bytes(config), flags));
}

/* The number of the stack in the scratch. */
static __always_inline __u64 number_stack(const volatile struct stack_config *config,
					  struct stack_frames *stack)
{
	__u64 number;

	if (stack->depth == config->depth && !(stack->state & STACK_WHOLE)) {
		stack->state |= STACK_TRUNCATED;
		LEDGER_ADD(truncated);
	}
	number = keep_stack(stack);
	if (number)
		return number;
	LEDGER_ADD(map_full);
	return STACK_NOT_KEPT;
}

/* The number of a stack of the running task. */
static __always_inline __u64 take_stack(void *context, const volatile struct stack_config *config,
					struct stack_frames *scratch, __u64 flags)
{
	return read_stack(context, config, scratch, flags) ? number_stack(config, scratch) : 0;
}

/* Counts an address space, and reports it at each power of two. */
static __always_inline void meet_stack_owner(const struct stack_owner *owner)
{
	__u32 *times = bpf_map_lookup_elem(&stack_owners, owner), first = 1;

	if (!times) {
		if (bpf_map_update_elem(&stack_owners, owner, &first, BPF_NOEXIST))
			return;
	} else {
		first = *times + 1;
		*times = first;
	}
	if (!(first & (first - 1)))
		bpf_ringbuf_output(&stack_news, (void *)owner, sizeof(*owner), 0);
}

/* The running task's user stack by tables; NULL where it is to be taken in another way. */
static __always_inline struct stack_frames *
take_unwound_stack(const volatile struct stack_config *config, const struct stack_owner *owner,
		   const enum unwind_start start)
{
	struct stack_frames *stack;
	bool is_news = false;

	if (!unwind_enabled)
		return NULL;
	stack = unwind_stack(owner, config->depth, &is_news, start);
	if (is_news)
		bpf_ringbuf_output(&stack_news, (void *)owner, sizeof(*owner), 0);
	return stack;
}

/* The number of the running task's user stack, and whose it is; 0 in the kernel's tasks. */
static __always_inline __u64 take_user_stack_of(void *context,
						const volatile struct stack_config *config,
						struct stack_frames *scratch,
						struct stack_owner *owner, struct task_struct *task,
						const bool typed)
{
	struct stack_frames *unwound;

	if (task_is_of_kernel(task, typed))
		return 0;
	*owner = task_stack_owner(task, config->proc_namespace, typed);
	meet_stack_owner(owner);
	unwound = take_unwound_stack(config, owner, UNWIND_HERE);
	if (unwound)
		return number_stack(config, unwound);
	return take_stack(context, config, scratch, BPF_F_USER_STACK);
}

static __always_inline __u64 take_user_stack(void *context,
					     const volatile struct stack_config *config,
					     struct stack_frames *scratch,
					     struct stack_owner *owner)
{
	if (current_task_is_typed())
		return take_user_stack_of(context, config, scratch, owner,
					  bpf_get_current_task_btf(), true);
	return take_user_stack_of(context, config, scratch, owner, (void *)bpf_get_current_task(),
				  false);
}

#endif
