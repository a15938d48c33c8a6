/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions of x86-64, as far as they move the stack or go elsewhere. */
#ifndef CLIBDW_INSTRUCTION_H
#define CLIBDW_INSTRUCTION_H

#include <stddef.h>
#include <stdint.h>

enum instruction_effect {
	EFFECT_NONE,
	EFFECT_PUSH,
	EFFECT_PUSH_FRAME, /* the frame pointer */
	EFFECT_POP,
	EFFECT_POP_FRAME,
	EFFECT_MOVE_STACK, /* the stack pointer goes up by the amount */
	EFFECT_STACK_FROM_FRAME, /* it is the frame pointer and the amount */
	EFFECT_FRAME_FROM_STACK, /* the other way round */
	EFFECT_LEAVE,
	EFFECT_LOSE_STACK, /* it has a value that is not followed */
	EFFECT_LOSE_FRAME,
	EFFECT_CLEAR_FRAME, /* the frame pointer is zero */
	EFFECT_REFER, /* some register has an address in the code */
	EFFECT_CALL, /* the amount leads from the end of the instruction to the target */
	EFFECT_BRANCH,
	EFFECT_JUMP,
	EFFECT_JUMP_AWAY, /* to an address in a register or in memory */
	EFFECT_RETURN,
	EFFECT_STOP, /* what follows is not executed */
	EFFECT_PAD, /* nothing at all */
};

struct instruction {
	unsigned int length;
	enum instruction_effect effect;
	int64_t amount;
};

/* Whether the instruction at a place of the code is known, and what it does. */
int instruction_read(const uint8_t *code, size_t size, struct instruction *instruction);

#endif
