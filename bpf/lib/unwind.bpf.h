/* SPDX-License-Identifier: GPL-2.0 */
/*
 * User stacks of code without frame pointers, by the rows that the reader makes of call
 * frame information (unwind_rows.h). Where a place has no row, the frame pointer leads on.
 */
#ifndef LIB_UNWIND_BPF_H
#define LIB_UNWIND_BPF_H

#include "stacks.h"
#include "unwind_rows.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "task_registers.bpf.h"

/* Whether there are any rows; the maps are small where not. Set before loading. */
const volatile __u32 unwind_enabled;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, __u32);
	__type(value, struct unwind_row);
} unwind_rows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, __u32);
	__type(value, struct unwind_range);
} unwind_ranges SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, struct stack_owner);
	__type(value, struct unwind_space);
} unwind_spaces SEC(".maps");

struct unwind_walk {
	__u64 pc;
	__u64 sp;
	__u64 fp;
	__u64 link;
	__u32 first; /* range */
	__u32 count;
	bool is_outside; /* a place was in no range */
	bool is_wanted; /* one was in a range whose rows should be read */
	bool is_exact; /* it is the next instruction itself, not one behind a call */
	bool is_by_frame; /* the last step was by the frame pointer */
	struct stack_frames stack;
};

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

static const struct unwind_walk no_walk;

static __always_inline struct unwind_walk *unwind_walk_here(void)
{
	__u32 zero = 0;
	__u64 thread;

	if (!unwind_by_thread)
		return bpf_map_lookup_elem(&unwind_walks, &zero);
	thread = bpf_get_current_pid_tgid();
	return bpf_map_lookup_elem(&unwind_thread_walks, &thread);
}

/* Binary searches end in as many steps as the largest maps need. */
#define UNWIND_RANGE_STEPS  14
#define UNWIND_ROW_STEPS    26

/* Rules that no row has. */
#define UNWIND_RULE_OUTSIDE (UNWIND_UNKNOWN | 2 << UNWIND_AMOUNT_SHIFT)
#define UNWIND_RULE_WANTED  (UNWIND_UNKNOWN | 3 << UNWIND_AMOUNT_SHIFT)

/*
 * The rule for a place of the process with these ranges. Not static, as unwind_frame() is
 * not: what a global function does the verifier follows once, however often it is called.
 */
__noinline __u32 unwind_rule(__u32 low, __u32 high, __u64 pc)
{
	struct unwind_range *range = NULL;
	struct unwind_row *row;
	__u32 middle, rule = UNWIND_UNKNOWN;
	__u64 place, rows;

	for (int step = 0; step < UNWIND_RANGE_STEPS && low < high; step++) {
		struct unwind_range *other;

		middle = (low + high) / 2;
		other = bpf_map_lookup_elem(&unwind_ranges, &middle);
		if (!other)
			return UNWIND_UNKNOWN;
		if (other->start > pc) {
			high = middle;
		} else {
			low = middle + 1;
			range = other;
		}
	}
	if (!range || pc >= range->end)
		return UNWIND_RULE_OUTSIDE;
	rows = *(volatile __u64 *)&range->rows;
	if (!rows) {
		if (range->is_wanted)
			return UNWIND_UNKNOWN;
		range->is_wanted = 1;
		return UNWIND_RULE_WANTED;
	}
	place = pc - range->bias;
	low = rows;
	high = low + (rows >> 32);
	for (int step = 0; step < UNWIND_ROW_STEPS && low < high; step++) {
		middle = (low + high) / 2;
		row = bpf_map_lookup_elem(&unwind_rows, &middle);
		if (!row)
			return UNWIND_UNKNOWN;
		if (row->place > place) {
			high = middle;
		} else {
			low = middle + 1;
			rule = row->rule;
		}
	}
	return rule;
}

static __always_inline bool read_words(void *to, __u32 count, __u64 from)
{
	return !bpf_probe_read_user(to, count * sizeof(__u64), (void *)from);
}

/* How a step ended. */
enum unwind_step {
	UNWIND_CUT,
	UNWIND_CALLER, /* the registers are those of the caller, after its call */
	UNWIND_INTERRUPTED, /* or of who got the signal */
	UNWIND_OUTERMOST
};

#ifdef __TARGET_ARCH_x86
/* arch/x86/include/uapi/asm/sigcontext.h, after the six words before it in a ucontext. */
#define SIGNAL_FRAME	   120
#define SIGNAL_STACK	   160
#define SIGNAL_INSTRUCTION 168

static __always_inline bool read_saved(struct unwind_walk *walk, __u32 rule, __u64 cfa)
{
	__u64 saved = (__u64)(rule >> UNWIND_SAVED_SHIFT & UNWIND_SAVED_MASK) * 8;
	__u64 words[2];

	/* Both beside each other, as most functions with a frame pointer have them. */
	if (saved == 16) {
		if (!read_words(words, 2, cfa - 16))
			return false;
		walk->fp = words[0];
		walk->pc = words[1];
		return true;
	}
	if (rule >> UNWIND_WHERE_SHIFT == UNWIND_AT_FRAME) {
		if (!read_words(&walk->fp, 1, walk->fp))
			return false;
	} else if (saved && !read_words(&walk->fp, 1, cfa - saved)) {
		return false;
	}
	return read_words(&walk->pc, 1, cfa - 8);
}

static __always_inline __u64 return_place(__u64 pc)
{
	return pc;
}

static __always_inline bool leave_begun(struct unwind_walk *walk)
{
	if (!read_words(&walk->pc, 1, walk->sp))
		return false;
	walk->sp += sizeof(walk->pc);
	return true;
}

static __always_inline bool take_registers(struct unwind_walk *walk)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct pt_regs registers = {};
	const struct pt_regs *from = task_registers((__u64)BPF_CORE_READ(task, stack));

	/* Code of 64 bits in user space has this segment (arch/x86/include/asm/segment.h). */
	if (bpf_probe_read_kernel(&registers, sizeof(registers), from) || registers.cs != 0x33)
		return false;
	walk->pc = registers.ip;
	walk->sp = registers.sp;
	walk->fp = registers.bp;
	walk->link = 0;
	return true;
}
#else
/* In a sigcontext, after a siginfo and the beginning of a ucontext. */
#define SIGNAL_FRAME	   544
#define SIGNAL_STACK	   560
#define SIGNAL_INSTRUCTION 568

static __always_inline bool read_saved(struct unwind_walk *walk, __u32 rule, __u64 cfa)
{
	__u64 saved = (__u64)(rule >> UNWIND_SAVED_SHIFT & UNWIND_SAVED_MASK) * 8;
	__u64 words[2];

	switch (rule >> UNWIND_WHERE_SHIFT) {
	case UNWIND_ABOVE_SAVED:
		if (!read_words(words, 2, cfa - saved))
			return false;
		walk->fp = words[0];
		walk->pc = words[1];
		return true;
	case UNWIND_IN_PLACE:
		return read_words(&walk->pc, 1, cfa - saved);
	default:
		/* Only the innermost function has it in the register. */
		walk->pc = walk->link;
		walk->link = 0;
		return true;
	}
}

/* Without the bits that sign it. */
static __always_inline __u64 return_place(__u64 pc)
{
	return pc & ((1ULL << 48) - 1);
}

static __always_inline bool leave_begun(struct unwind_walk *walk)
{
	walk->pc = return_place(walk->link);
	walk->link = 0;
	return true;
}

static __always_inline bool take_registers(struct unwind_walk *walk)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	const struct pt_regs *from = task_registers((__u64)BPF_CORE_READ(task, stack));
	struct user_pt_regs registers = {};

	/* The lowest bits say that it was user space, of 64 bits. */
	if (bpf_probe_read_kernel(&registers, sizeof(registers), from) || registers.pstate & 0x1f)
		return false;
	walk->pc = registers.pc;
	walk->sp = registers.sp;
	walk->fp = registers.regs[29];
	walk->link = registers.regs[30];
	return true;
}
#endif

/* What most code with frame pointers does: the caller's one and the return address there. */
#ifdef __TARGET_ARCH_x86
#define UNWIND_BY_FRAME                                                      \
	(UNWIND_FRAME | 2 << UNWIND_AMOUNT_SHIFT | 2 << UNWIND_SAVED_SHIFT | \
	 UNWIND_BELOW << UNWIND_WHERE_SHIFT)
#else
#define UNWIND_BY_FRAME                                                      \
	(UNWIND_FRAME | 2 << UNWIND_AMOUNT_SHIFT | 2 << UNWIND_SAVED_SHIFT | \
	 UNWIND_ABOVE_SAVED << UNWIND_WHERE_SHIFT)
#endif

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
	if (cfa < walk->sp || (cfa == walk->sp && !walk->link))
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
		unwind_image(BPF_CORE_READ(memory, start_code), BPF_CORE_READ(memory, end_code),
			     BPF_CORE_READ(memory, start_stack));
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
	struct mm_struct *memory = BPF_CORE_READ(task, mm);
	struct unwind_space *space;
	struct unwind_walk *walk;
	__u32 index = 0, times;
	__u64 thread;

	/* A process that ends has given up its memory already. */
	if (!memory)
		return NULL;
	space = unwind_space(owner, memory);
	if (!space)
		return NULL;
	walk = unwind_walk_here();
	if (!walk && unwind_by_thread) {
		thread = bpf_get_current_pid_tgid();
		bpf_map_update_elem(&unwind_thread_walks, &thread, &no_walk, BPF_NOEXIST);
		walk = unwind_walk_here();
	}
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
