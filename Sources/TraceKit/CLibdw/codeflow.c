// SPDX-License-Identifier: Apache-2.0
/*
 * Libraries such as musl are built without call frame information and without frame
 * pointers. But where a function moves the stack pointer by constants, as nearly all do, its
 * instructions say how far above it the return address is. Here they are followed from where
 * functions begin, along jumps; each return must find the stack as its function did.
 */
#define _GNU_SOURCE
#include "codeflow.h"
#include "code.h"
#include "instruction.h"
#include "unwind_rows.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)

enum {
	REACHED = 1, /* an instruction begins here, and its state is known */
	BY_FRAME = 2, /* the frame pointer leads to the caller, the stack pointer does not */
	OUTERMOST = 4,
	MIXED = 8, /* two ways lead here with different states */
	INSIDE = 16 /* part of an instruction */
};

#define COMPARED (BY_FRAME | OUTERMOST)

/* In words. */
struct state {
	uint16_t height; /* from the stack pointer to the CFA */
	uint16_t saved; /* from where the caller's frame pointer is saved to the CFA; 0: nowhere */
	uint16_t frame; /* from the frame pointer to the CFA; 0: it leads elsewhere */
	uint8_t flags;
};

struct flow {
	struct code code;
	struct state *states; /* of each byte */
	uint32_t *waiting; /* places that are reached, and not followed yet */
	size_t count;
	size_t returns, wrong;
};

static const struct state at_entry = { .height = 1 };

/* --- Following --- */

static bool is_same(const struct state *one, const struct state *other)
{
	return one->height == other->height && one->saved == other->saved &&
	       (!(one->flags & BY_FRAME) || one->frame == other->frame) &&
	       (one->flags & COMPARED) == (other->flags & COMPARED);
}

/* Whether the place was not reached before. */
static bool reach(struct flow *flow, uint64_t place, const struct state *state)
{
	struct state *known;

	if (place >= flow->code.size)
		return false;
	known = &flow->states[place];
	if (known->flags & REACHED) {
		if (!is_same(known, state))
			known->flags |= MIXED;
		return false;
	}
	*known = (struct state){ state->height, state->saved, state->frame,
				 REACHED | (known->flags & INSIDE) | (state->flags & COMPARED) };
	return true;
}

/* A place has a state only once, so that there is room. */
static void wait_for(struct flow *flow, uint64_t place, const struct state *state)
{
	if (reach(flow, place, state))
		flow->waiting[flow->count++] = place;
}

static void enter(struct flow *flow, uint64_t place)
{
	if (place >= flow->code.size)
		return;
	flow->code.marks[place] |= CODE_ENTRY;
	wait_for(flow, place, &at_entry);
}

static void go_to(struct flow *flow, uint64_t place, const struct state *state)
{
	if (place < flow->code.size && flow->code.marks[place] & CODE_ENTRY) {
		/* In place of a call and a return. */
		if (!is_same(state, &at_entry) && !(state->flags & OUTERMOST))
			flow->wrong++;
		return;
	}
	wait_for(flow, place, state);
}

/* Whether what follows the instruction has a state. */
static bool step(struct flow *flow, const struct instruction *instruction, uint64_t next,
		 struct state *state)
{
	const uint64_t target = next + (uint64_t)instruction->amount;
	const int64_t words = instruction->amount / 8;
	int64_t height = state->height;

	switch (instruction->effect) {
	case EFFECT_PUSH_FRAME:
		height++;
		if (!state->saved && !(state->flags & BY_FRAME))
			state->saved = height;
		break;
	case EFFECT_PUSH:
		height++;
		break;
	case EFFECT_POP_FRAME:
		if (state->saved == height)
			state->saved = 0;
		if (state->flags & BY_FRAME)
			return false;
		state->frame = 0;
		height--;
		break;
	case EFFECT_POP:
		height--;
		break;
	case EFFECT_MOVE_STACK:
		if (instruction->amount % 8 && !(state->flags & BY_FRAME))
			return false;
		height -= words;
		break;
	case EFFECT_FRAME_FROM_STACK:
		if (state->flags & BY_FRAME)
			return false;
		/* Elsewhere it is a register like others. */
		state->frame = 0;
		if (instruction->amount % 8 == 0 && height > words &&
		    height - words <= UNWIND_SAVED_MASK)
			state->frame = height - words;
		break;
	case EFFECT_STACK_FROM_FRAME:
		if (!state->frame || instruction->amount % 8)
			return false;
		height = state->frame - words;
		state->flags &= ~BY_FRAME;
		break;
	case EFFECT_LEAVE:
		if (!state->frame)
			return false;
		height = state->frame - 1;
		state->frame = state->saved = 0;
		state->flags &= ~BY_FRAME;
		break;
	case EFFECT_LOSE_STACK:
		if (!state->frame && !(state->flags & OUTERMOST))
			return false;
		state->flags |= BY_FRAME;
		break;
	case EFFECT_CLEAR_FRAME:
		/* As the ABI asks of who begins a stack; others save it before. */
		if (!state->saved)
			state->flags |= OUTERMOST;
		/* fallthrough */
	case EFFECT_LOSE_FRAME:
		if (state->flags & BY_FRAME && !(state->flags & OUTERMOST))
			return false;
		state->frame = 0;
		break;
	case EFFECT_CALL:
		enter(flow, target);
		return target >= flow->code.size || !(flow->code.marks[target] & CODE_NO_RETURN);
	case EFFECT_BRANCH:
		go_to(flow, target, state);
		return true;
	case EFFECT_JUMP:
		go_to(flow, target, state);
		return false;
	case EFFECT_RETURN:
		flow->returns++;
		if (!is_same(state, &at_entry) && !(state->flags & OUTERMOST))
			flow->wrong++;
		return false;
	case EFFECT_JUMP_AWAY:
	case EFFECT_STOP:
		return false;
	default:
		return true;
	}
	if (state->flags & (BY_FRAME | OUTERMOST))
		height = 1;
	if (height < 1 || height > UNWIND_SAVED_MASK)
		return false;
	state->height = height;
	return true;
}

static void follow_from(struct flow *flow, uint64_t place)
{
	struct instruction instruction;

	for (;;) {
		struct state state = flow->states[place];
		uint64_t next;

		if (!instruction_read(flow->code.bytes + place, flow->code.size - place,
				      &instruction))
			return;
		next = place + instruction.length;
		for (uint64_t byte = place + 1; byte < next; byte++)
			flow->states[byte].flags |= INSIDE;
		/* A function is not entered from above, but after a call that never returns. */
		if (!step(flow, &instruction, next, &state) || next >= flow->code.size ||
		    flow->code.marks[next] & CODE_ENTRY || !reach(flow, next, &state))
			return;
		place = next;
	}
}

static void follow_all(struct flow *flow)
{
	while (flow->count)
		follow_from(flow, flow->waiting[--flow->count]);
}

/* The cases after a jump by a table have the state of that, if nothing else leads there. */
static void follow_cases(struct flow *flow)
{
	const struct state *jump = NULL;
	struct instruction instruction;
	uint64_t place = 0;

	while (place < flow->code.size) {
		const struct state *state = &flow->states[place];

		if (!instruction_read(flow->code.bytes + place, flow->code.size - place,
				      &instruction)) {
			place++;
			continue;
		}
		if (flow->code.marks[place] & CODE_ENTRY)
			jump = NULL;
		if (!(state->flags & REACHED) && jump && instruction.effect != EFFECT_PAD) {
			wait_for(flow, place, jump);
			follow_all(flow);
		}
		if (state->flags & REACHED && instruction.effect == EFFECT_JUMP_AWAY)
			jump = state;
		place += instruction.length;
	}
}

/* Forgets all but where functions begin. */
static void forget(struct flow *flow)
{
	memset(flow->states, 0, flow->code.size * sizeof(*flow->states));
	flow->returns = flow->wrong = 0;
}

static void enter_all(struct flow *flow)
{
	for (uint64_t place = 0; place < flow->code.size; place++)
		if (flow->code.marks[place] & CODE_ENTRY)
			wait_for(flow, place, &at_entry);
	follow_all(flow);
}

/* Whether frame pointers lead through the code: more than a quarter of all functions sets one. */
static bool has_frames(const struct flow *flow)
{
	static const uint8_t bytes[] = { 0x55, 0x48, 0x89, 0xe5 }; /* push %rbp; mov %rsp, %rbp */
	size_t functions = 0, frames = 0;

	for (uint64_t place = 0; place + sizeof(bytes) <= flow->code.size; place++) {
		if (!(flow->code.marks[place] & CODE_ENTRY))
			continue;
		functions++;
		frames += !memcmp(flow->code.bytes + place, bytes, sizeof(bytes));
	}
	return frames > functions / 4;
}

/* Functions whose addresses other code has. */
static void enter_referred(struct flow *flow)
{
	struct instruction instruction;

	for (uint64_t place = 0; place < flow->code.size; place++) {
		if (!(flow->states[place].flags & REACHED) ||
		    !instruction_read(flow->code.bytes + place, flow->code.size - place,
				      &instruction) ||
		    instruction.effect != EFFECT_REFER)
			continue;
		const uint64_t target = place + instruction.length + (uint64_t)instruction.amount;

		if (target < flow->code.size && !(flow->states[target].flags & (REACHED | INSIDE)))
			enter(flow, target);
	}
	follow_all(flow);
}

/* Whether what was found can be believed. */
static bool follow_code(struct flow *flow)
{
	enter_all(flow);
	enter_referred(flow);
	if (has_frames(flow))
		return false;
	/* Which functions are called is known only now. */
	forget(flow);
	enter_all(flow);
	follow_cases(flow);
	/* Code that handles the stack in another way has many wrong returns, or none at all. */
	return flow->returns && flow->wrong <= flow->returns / 200;
}

/* --- Rules --- */

static uint32_t rule_of(const struct state *state)
{
	const uint32_t saved = (uint32_t)state->saved << UNWIND_SAVED_SHIFT;

	if (!(state->flags & REACHED) || state->flags & MIXED)
		return UNWIND_UNKNOWN;
	if (state->flags & OUTERMOST)
		return UNWIND_END;
	if (state->flags & BY_FRAME)
		return UNWIND_FRAME | (uint32_t)state->frame << UNWIND_AMOUNT_SHIFT | saved;
	return UNWIND_STACK | (uint32_t)state->height << UNWIND_AMOUNT_SHIFT | saved;
}

/* What a handler of a signal returns to; and the byte before, where a return address is looked up. */
static void set_signal_return(struct code_rules *rules, const uint8_t *code)
{
	/* mov $15, %rax; syscall: that is rt_sigreturn. */
	static const uint8_t bytes[] = { 0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05 };
	const uint8_t *found = memmem(code, rules->size, bytes, sizeof(bytes));

	if (!found || found == code)
		return;
	for (size_t place = found - code - 1; place < (size_t)(found - code) + sizeof(bytes);
	     place++)
		rules->rules[place] = UNWIND_SIGNAL;
}

static struct code_rules *rules_of(const struct flow *flow)
{
	struct code_rules *rules =
		malloc(sizeof(*rules) + flow->code.size * sizeof(rules->rules[0]));
	struct instruction instruction;
	uint64_t place = 0;

	if (!rules)
		return NULL;
	rules->size = flow->code.size;
	memset(rules->rules, 0, flow->code.size * sizeof(rules->rules[0]));
	while (place < flow->code.size) {
		const uint32_t rule = rule_of(&flow->states[place]);
		unsigned int length = 1;

		if (rule != UNWIND_UNKNOWN &&
		    instruction_read(flow->code.bytes + place, flow->code.size - place,
				     &instruction))
			length = instruction.length;
		for (unsigned int byte = 0; byte < length; byte++)
			rules->rules[place++] = rule;
	}
	set_signal_return(rules, flow->code.bytes);
	return rules;
}

struct code_rules *code_rules_read(int descriptor)
{
	struct code_rules *rules = NULL;
	struct flow flow = {};

	if (code_read(descriptor, &flow.code)) {
		flow.states = calloc(flow.code.size, sizeof(*flow.states));
		flow.waiting = calloc(flow.code.size, sizeof(*flow.waiting));
	}
	if (flow.states && flow.waiting && follow_code(&flow))
		rules = rules_of(&flow);
	code_free(&flow.code);
	free(flow.states);
	free(flow.waiting);
	return rules;
}

#else

struct code_rules *code_rules_read(int descriptor)
{
	(void)descriptor;
	return NULL;
}

#endif
