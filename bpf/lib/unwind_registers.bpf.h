/* SPDX-License-Identifier: GPL-2.0 */
/* Registers of user space that a walk up a stack follows, on each kind of machine. */
#ifndef LIB_UNWIND_REGISTERS_BPF_H
#define LIB_UNWIND_REGISTERS_BPF_H

#include "stacks.h"
#include "unwind_rows.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "kernel_read.bpf.h"
#include "task_registers.bpf.h"

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

/* Too large for a program's own stack, and no frames are there yet. */
#define REGISTERS_ROOM(WALK) ((void *)(WALK)->stack.frames)

static __always_inline bool read_words(void *to, __u32 count, __u64 from)
{
	return !bpf_probe_read_user(to, count * sizeof(__u64), (void *)from);
}

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

/* From the first instruction of a function to its caller. */
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
	const struct pt_regs *from = task_registers((__u64)KERNEL_READ(task, stack));
	struct pt_regs *registers = REGISTERS_ROOM(walk);

	/* Code of 64 bits in user space has this segment (arch/x86/include/asm/segment.h). */
	if (bpf_probe_read_kernel(registers, sizeof(*registers), from) || registers->cs != 0x33)
		return false;
	walk->pc = registers->ip;
	walk->sp = registers->sp;
	walk->fp = registers->bp;
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
	const struct pt_regs *from = task_registers((__u64)KERNEL_READ(task, stack));
	struct user_pt_regs *registers = REGISTERS_ROOM(walk);

	/* The lowest bits say that it was user space, of 64 bits. */
	if (bpf_probe_read_kernel(registers, sizeof(*registers), from) || registers->pstate & 0x1f)
		return false;
	walk->pc = registers->pc;
	walk->sp = registers->sp;
	walk->fp = registers->regs[29];
	walk->link = registers->regs[30];
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

#endif
