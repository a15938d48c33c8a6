/* SPDX-License-Identifier: GPL-2.0 */
/*
 * User stacks of code without frame pointers, by the rows that the reader makes of call
 * frame information (unwind_rows.h). Where a place has no row, the frame pointer leads on.
 */
#ifndef LIB_UNWIND_BPF_H
#define LIB_UNWIND_BPF_H

#include "stacks.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "kernel_read.bpf.h"
#include "probed_returns.bpf.h"
#include "unwind_registers.bpf.h"
#include "unwind_tables.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, struct stack_owner);
	__type(value, struct unwind_space);
} unwind_spaces SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct unwind_walk);
} unwind_walks SEC(".maps");

/* Programs that others can preempt on their CPU have a walk for each thread. Set before loading. */
const volatile __u32 unwind_by_thread;

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, __u64); /* process and thread */
	__type(value, struct unwind_walk);
} unwind_thread_walks SEC(".maps");

static __always_inline struct unwind_walk *unwind_walk_here(void)
{
	__u32 zero = 0;
	__u64 thread;

	if (!unwind_by_thread)
		return bpf_map_lookup_elem(&unwind_walks, &zero);
	thread = bpf_get_current_pid_tgid();
	return bpf_map_lookup_elem(&unwind_thread_walks, &thread);
}

static const struct unwind_walk no_walk;

static __always_inline struct unwind_walk *new_unwind_walk(void)
{
	struct unwind_walk *walk = unwind_walk_here();
	__u64 thread;

	if (walk || !unwind_by_thread)
		return walk;
	thread = bpf_get_current_pid_tgid();
	bpf_map_update_elem(&unwind_thread_walks, &thread, &no_walk, BPF_NOEXIST);
	return unwind_walk_here();
}

/* How a step ended. */
enum unwind_step {
	UNWIND_CUT,
	UNWIND_CALLER, /* the registers are those of the caller, after its call */
	UNWIND_INTERRUPTED, /* or of who got the signal */
	UNWIND_OUTERMOST
};

static __always_inline enum unwind_step step_signal(struct unwind_walk *walk)
{
	__u64 sp = walk->sp;

	if (!read_words(&walk->fp, 1, sp + SIGNAL_FRAME) ||
	    !read_words(&walk->sp, 1, sp + SIGNAL_STACK) ||
	    !read_words(&walk->pc, 1, sp + SIGNAL_INSTRUCTION))
		return UNWIND_CUT;
#ifdef __TARGET_ARCH_arm64
	read_words(&walk->link, 1, sp + SIGNAL_FRAME + 8);
#endif
	return UNWIND_INTERRUPTED;
}

static __always_inline enum unwind_step step_up(struct unwind_walk *walk, __u32 rule)
{
	const bool is_switch = rule == UNWIND_SWITCH;
	__u64 amount, cfa;

	if ((rule & 7) == UNWIND_UNKNOWN) {
		walk->stack.state |= STACK_BY_FRAMES;
		/*
		 * Where frame pointers have led here, this one ends them. Any other code may use
		 * the register, or leave it as it was when the thread began.
		 */
		if (!walk->fp)
			return rule == UNWIND_UNKNOWN && walk->is_by_frame ? UNWIND_OUTERMOST
									   : UNWIND_CUT;
		walk->is_by_frame = true;
		rule = UNWIND_BY_FRAME;
	} else {
		walk->is_by_frame = false;
	}
	amount = (__u64)(rule >> UNWIND_AMOUNT_SHIFT & UNWIND_AMOUNT_MASK) * 8;
	switch (rule & 7) {
	case UNWIND_STACK:
		cfa = walk->sp + amount;
		break;
	case UNWIND_FRAME:
		cfa = walk->fp + amount;
		break;
	case UNWIND_FRAME_WORD:
		if (!read_words(&cfa, 1, walk->fp - amount))
			return UNWIND_CUT;
		break;
	case UNWIND_STACK_WORD:
		if (!read_words(&cfa, 1, walk->sp + amount))
			return UNWIND_CUT;
		cfa += 8;
		break;
	case UNWIND_LINKAGE:
		cfa = walk->sp + ((walk->pc & 15) >= amount / 8 ? 16 : 8);
		break;
	case UNWIND_SIGNAL:
		return step_signal(walk);
	default:
		return UNWIND_OUTERMOST;
	}
	/* Only a function of arm64 that calls no other may have no frame. */
	if (!is_switch && (cfa < walk->sp || (cfa == walk->sp && !walk->link)))
		return UNWIND_CUT;
	if (!read_saved(walk, rule, cfa))
		return UNWIND_CUT;
	walk->sp = cfa;
	return walk->pc ? UNWIND_CALLER : UNWIND_OUTERMOST;
}

/*
 * Takes the place where this CPU's walk is as the frame of this index, and goes to its
 * caller. Whether there is one.
 */
__noinline int unwind_frame(__u32 index)
{
	struct unwind_walk *walk = unwind_walk_here();
	enum unwind_step step;
	__u64 place;
	__u32 rule;

	if (!walk || index >= STACK_DEPTH)
		return 0;
	if (!walk->is_exact && !(walk->pc & PROBED_PAGE_MASK)) {
		place = probed_return(walk->sp);
		if (place)
			walk->pc = return_place(place);
	}
	place = walk->pc;
	walk->stack.frames[index] = place;
	walk->stack.depth = index + 1;
	/* A call that never returns may be the last instruction of its function. */
	if (!walk->is_exact)
		place--;
	rule = unwind_rule(walk->first, walk->first + walk->count, place);
	walk->is_outside |= rule == UNWIND_RULE_OUTSIDE;
	walk->is_wanted |= rule == UNWIND_RULE_WANTED;
	step = step_up(walk, rule);
	walk->is_exact = step == UNWIND_INTERRUPTED;
	walk->pc = return_place(walk->pc);
	if (step == UNWIND_OUTERMOST)
		walk->stack.state |= STACK_WHOLE;
	return step == UNWIND_CALLER || step == UNWIND_INTERRUPTED;
}

/* The ranges of the running task's address space. */
static __always_inline struct unwind_space *unwind_space(const struct stack_owner *owner,
							 struct mm_struct *memory)
{
	struct unwind_space *space = bpf_map_lookup_elem(&unwind_spaces, owner);
	struct stack_owner image = {};

	if (space)
		return space;
	image.generation =
		unwind_image(KERNEL_READ(memory, start_code), KERNEL_READ(memory, end_code),
			     KERNEL_READ(memory, start_stack));
	return bpf_map_lookup_elem(&unwind_spaces, &image);
}

/* Where the stack of a task begins. */
enum unwind_start {
	UNWIND_HERE,
	UNWIND_FUNCTION, /* that has just begun, so that its caller is in the return address */
	UNWIND_ITS_CALLER
};

/*
 * The running task's user stack; NULL where nothing is known of its process.
 *
 * is_news: set where the reader should look at the process again.
 */
static __always_inline struct stack_frames *unwind_stack(const struct stack_owner *owner,
							 __u32 depth, bool *is_news,
							 const enum unwind_start start)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct mm_struct *memory = KERNEL_READ(task, mm);
	struct unwind_space *space;
	struct unwind_walk *walk;
	__u32 index = 0, times;

	/* A process that ends has given up its memory already. */
	if (!memory)
		return NULL;
	space = unwind_space(owner, memory);
	if (!space)
		return NULL;
	walk = new_unwind_walk();
	if (!walk || !take_registers(walk))
		return NULL;
	walk->first = space->first;
	walk->count = space->count;
	walk->is_outside = walk->is_wanted = walk->is_by_frame = false;
	walk->is_exact = start == UNWIND_HERE;
	walk->stack.depth = 0;
	walk->stack.state = STACK_BY_TABLES;
	if (start == UNWIND_FUNCTION) {
		walk->stack.frames[0] = walk->pc;
		walk->stack.depth = index = 1;
	}
	if (start != UNWIND_HERE && !leave_begun(walk))
		return NULL;
	for (; index < STACK_DEPTH && index < depth; index++)
		if (!unwind_frame(index))
			break;
	*is_news = walk->is_wanted;
	/* A library that was loaded since, or code that the process made, which is met for ever. */
	if (walk->is_outside) {
		times = ++space->outside;
		*is_news |= !(times & (times - 1));
	}
	return &walk->stack;
}

#endif
