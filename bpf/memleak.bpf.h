/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The calls of memory allocators in user space. Include it after outstanding.bpf.h, and
 * after defining what is called with what was allocated and freed: report_call().
 *
 * Of calls inside each other the outermost counts, which is the one that the program made:
 * an allocator may be built on another, and realloc() on malloc(). Its stack is taken when
 * it begins, since its return address is replaced until it ends.
 */
#ifndef BPF_MEMLEAK_BPF_H
#define BPF_MEMLEAK_BPF_H

#include <bpf/bpf_tracing.h>
#include "lib/entry_stack.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/outstanding.bpf.h"

enum allocator_function {
	ALLOCATE,
	ALLOCATE_BY_POINTER, /* returns an error, and the address through a pointer */
	REALLOCATE,
	MAP,
	REMAP,
};

/* linux/mman.h */
#define MAP_FIXED  0x10
#define MAP_FAILED (~0ULL)

struct allocator_call {
	__u64 stack; /* the stack pointer at its begin; 0: the thread is in none */
	__u64 place; /* which function's begin */
	__u64 size;
	__u64 pointer; /* what is reallocated, or where the result is put */
	__u64 known_ns; /* when that was allocated; 0: it is not known */
	__u64 freed; /* the address that the thread freed last */
	__u64 number; /* of the call stack */
	struct stack_owner owner;
	__u32 function;
	__u32 wanted;
	struct stack_frames frames;
};

/*
 * By thread, since a program at a probe can be preempted by that of another thread. An
 * entry stays, since to make and to remove one costs more than to find it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64); /* process and thread */
	__type(value, struct allocator_call);
} allocator_calls SEC(".maps");

static const struct allocator_call no_call;

static __always_inline struct allocator_call *call_of_thread(void)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct allocator_call *call = bpf_map_lookup_elem(&allocator_calls, &thread);

	if (call)
		return call;
	if (bpf_map_update_elem(&allocator_calls, &thread, &no_call, BPF_ANY))
		LEDGER_ADD(map_full);
	return bpf_map_lookup_elem(&allocator_calls, &thread);
}

static __always_inline struct stack_owner current_owner(void)
{
	if (current_task_is_typed())
		return task_stack_owner(bpf_get_current_task_btf(), config.stacks.proc_namespace,
					true);
	return task_stack_owner((void *)bpf_get_current_task(), config.stacks.proc_namespace,
				false);
}

/* The number of the stack that called the function which has just begun (entry_stack.bpf.h). */
static __noinline __u64 take_caller_stack(struct pt_regs *regs, struct stack_frames *frames,
					  const struct stack_owner *owner)
{
	struct stack_frames *unwound = take_unwound_stack(&config.stacks, owner, UNWIND_ITS_CALLER);
	__u32 size = stack_bytes(&config.stacks);
	__u64 caller;
	long length;

	if (unwound)
		return number_stack(&config.stacks, unwound);
	caller = return_address(regs);
	length = bpf_get_stack(regs, frames->frames, size, BPF_F_USER_STACK);
	/* The function itself is not of interest: its caller takes its place. */
	if (length > (long)sizeof(__u64) && frames->frames[1] == caller)
		length = bpf_get_stack(regs, frames->frames, size, BPF_F_USER_STACK | 1);
	else
		frames->frames[0] = caller;
	finish_stack(frames, length > 0 ? length : (long)sizeof(__u64));
	return number_stack(&config.stacks, frames);
}

/* A call of a thread in one has its frame below, or in its place if it is its last deed. */
static __always_inline bool is_nested(const struct allocator_call *outer, __u64 stack, __u64 place)
{
	return outer->stack > stack || (outer->stack == stack && outer->place != place);
}

static __always_inline int begin_call(struct pt_regs *regs, __u32 function, __u64 size,
				      __u64 pointer)
{
	bool moves = (function == REALLOCATE || function == REMAP) && pointer;
	bool passes = current_passes(&config.trace.filter);
	__u64 stack = PT_REGS_SP(regs), place = PT_REGS_IP(regs);
	struct allocator_call *call;

	/* Whoever moves it, what was there before is recorded no more. */
	if (!passes && !moves)
		return 0;
	call = call_of_thread();
	if (!call || is_nested(call, stack, place))
		return 0;
	call->place = place;
	call->function = function;
	call->size = size;
	call->pointer = pointer;
	call->known_ns = 0;
	call->owner = current_owner();
	if (moves) {
		struct outstanding_key key = { call->owner.generation, pointer };
		struct outstanding *known = outstanding_at(&key);

		if (known)
			call->known_ns = known->time_ns;
	}
	call->wanted = passes && outstanding_wanted(size);
	if (call->wanted) {
		meet_stack_owner(&call->owner);
		call->number = take_caller_stack(regs, &call->frames, &call->owner);
	}
	call->stack = stack;
	return 0;
}

/* Removes what a call has moved, unless another thread has that address by now. */
static __always_inline void remove_moved(const struct allocator_call *call)
{
	struct outstanding_key key = { call->owner.generation, call->pointer };
	struct outstanding *known = outstanding_at(&key);

	if (!known || known->time_ns != call->known_ns)
		return;
	report_call(MEMORY_FREED, call->pointer, known->size);
	outstanding_remove(&key);
}

static __always_inline int end_call(struct pt_regs *regs)
{
	__u64 thread = bpf_get_current_pid_tgid(), address = PT_REGS_RC(regs);
	struct allocator_call *call = bpf_map_lookup_elem(&allocator_calls, &thread);
	struct outstanding_key key;
	struct outstanding entry;
	__u32 function;
	bool is_mapped;

	/* On return the stack pointer is back where it was, or above. */
	if (!call || !call->stack || PT_REGS_SP(regs) < call->stack)
		return 0;
	call->stack = 0;
	function = call->function;
	is_mapped = function == MAP || function == REMAP;
	if (is_mapped && address == MAP_FAILED)
		return 0;
	if (function == ALLOCATE_BY_POINTER) {
		/* An int; the pointer has something else where it is not 0. */
		if ((__u32)address)
			return 0;
		address = 0;
		bpf_probe_read_user(&address, sizeof(address), (void *)call->pointer);
	}
	/* What could not be reallocated is still there, but one of size 0 is freed. */
	if (!address && !(function == REALLOCATE && !call->size))
		return 0;
	if (call->known_ns)
		remove_moved(call);
	if (!call->wanted || !address)
		return 0;
	outstanding_begin(&entry, call->size, call->number);
	entry.pid = call->owner.pid;
	entry.flags = is_mapped ? OUTSTANDING_IN_PARTS : 0;
	key.space = call->owner.generation;
	key.address = address;
	report_call(MEMORY_ALLOCATED, address, call->size);
	outstanding_add(&key, &entry);
	return 0;
}

static __always_inline int free_block(__u64 address)
{
	struct outstanding_key key = { .address = address };
	struct allocator_call *call = call_of_thread();

	if (!address)
		return 0;
	if (call)
		call->freed = address;
	key.space = current_owner().generation;
	if (config.reports_calls) {
		struct outstanding *known = outstanding_at(&key);

		if (known)
			report_call(MEMORY_FREED, address, known->size);
	}
	outstanding_remove(&key);
	return 0;
}

static __always_inline __u64 whole_pages(__u64 size)
{
	return (size + config.page_size - 1) & ~(__u64)(config.page_size - 1);
}

/* Not what an allocator unmaps for itself: inside a call, or around what was freed last. */
static __always_inline int unmap(struct pt_regs *regs, __u64 address, __u64 size)
{
	struct outstanding_key key = { .address = address };
	struct allocator_call *call = call_of_thread();

	if (call && (call->stack > PT_REGS_SP(regs) || call->freed - address < size))
		return 0;
	key.space = current_owner().generation;
	outstanding_remove_part(&key, whole_pages(size));
	return 0;
}

#endif
