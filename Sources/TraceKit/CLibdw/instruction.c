// SPDX-License-Identifier: Apache-2.0
/*
 * Lengths and effects of instructions: Intel 64 and IA-32 Architectures Software Developer's
 * Manual, volume 2, appendix A. What compilers do not write for user space is not known.
 */
#include "instruction.h"

#include <stdbool.h>
#include <string.h>

enum {
	STACK_REGISTER = 4,
	FRAME_REGISTER = 5,
	NO_REGISTER = 16
};

/* What an opcode is followed by, and which register it writes. */
enum {
	HAS_OPERANDS = 1, /* a ModRM byte, and what that asks for */
	HAS_BYTE = 2,
	HAS_WORD = 4, /* 32 bits; 16 after an operand size prefix */
	WRITES_REGISTER = 8, /* the one of ModRM.reg */
	WRITES_OPERAND = 16, /* the one of ModRM.rm */
};

struct reading {
	const uint8_t *code;
	size_t size;
	size_t place;
	bool is_short; /* operands of 16 bits */
	bool is_wide; /* of 64 bits */
	uint8_t extension_register, extension_index, extension_base;
	uint8_t opcode;
	/* Of ModRM. */
	uint8_t mode, number, operand;
	bool is_relative; /* to the next instruction */
	bool is_plain; /* the address is a register and the displacement */
	int64_t displacement;
	int64_t immediate;
};

static bool take(struct reading *reading, unsigned int size, int64_t *value)
{
	const unsigned int unused = 64 - 8 * size;
	uint64_t bits = 0;

	if (size > reading->size - reading->place)
		return false;
	memcpy(&bits, reading->code + reading->place, size);
	*value = (int64_t)(bits << unused) >> unused;
	reading->place += size;
	return true;
}

static bool take_byte(struct reading *reading, uint8_t *byte)
{
	if (reading->place >= reading->size)
		return false;
	*byte = reading->code[reading->place++];
	return true;
}

static bool take_operands(struct reading *reading)
{
	uint8_t byte, scale, base;

	if (!take_byte(reading, &byte))
		return false;
	reading->mode = byte >> 6;
	reading->number = (byte >> 3 & 7) | reading->extension_register;
	base = byte & 7;
	reading->is_plain = true;
	if (reading->mode == 3) {
		reading->operand = base | reading->extension_base;
		return true;
	}
	if (base == 4) {
		if (!take_byte(reading, &scale))
			return false;
		base = scale & 7;
		reading->is_plain = (scale >> 3 & 7) == 4 && !reading->extension_index;
		if (base == 5 && reading->mode == 0) {
			reading->operand = NO_REGISTER;
			return take(reading, 4, &reading->displacement);
		}
	} else if (base == 5 && reading->mode == 0) {
		reading->is_relative = true;
		reading->operand = NO_REGISTER;
		return take(reading, 4, &reading->displacement);
	}
	reading->operand = base | reading->extension_base;
	if (reading->mode == 1)
		return take(reading, 1, &reading->displacement);
	return reading->mode != 2 || take(reading, 4, &reading->displacement);
}

/* Of opcodes of one byte; -1: unknown, or looked at elsewhere. */
static int form_of(uint8_t opcode)
{
	if (opcode < 0x40) {
		static const int8_t forms[] = { HAS_OPERANDS, HAS_OPERANDS | WRITES_OPERAND,
						HAS_OPERANDS, HAS_OPERANDS | WRITES_REGISTER,
						HAS_BYTE,     HAS_WORD,
						-1,	      -1 };
		const int form = forms[opcode & 7];

		/* Comparisons write nothing. */
		return opcode >= 0x38 && form > 0 ? form & ~(WRITES_OPERAND | WRITES_REGISTER)
						  : form;
	}
	switch (opcode) {
	case 0x50 ... 0x5f:
	case 0x90 ... 0x99:
	case 0x9b ... 0x9f:
	case 0xa4 ... 0xa7:
	case 0xaa ... 0xaf:
	case 0xb8 ... 0xbf: /* a number of the operand's size */
	case 0xc3:
	case 0xc9:
	case 0xcc:
	case 0xd7:
	case 0xf4 ... 0xf5:
	case 0xf8 ... 0xfd:
		return 0;
	case 0x63:
	case 0x8b:
	case 0x8d:
		return HAS_OPERANDS | WRITES_REGISTER;
	case 0x68:
	case 0xa9:
	case 0xe8 ... 0xe9:
		return HAS_WORD;
	case 0x69:
		return HAS_OPERANDS | HAS_WORD | WRITES_REGISTER;
	case 0x6a:
	case 0x70 ... 0x7f:
	case 0xa8:
	case 0xb0 ... 0xb7:
	case 0xcd:
	case 0xe0 ... 0xe3:
	case 0xeb:
		return HAS_BYTE;
	case 0x6b:
		return HAS_OPERANDS | HAS_BYTE | WRITES_REGISTER;
	case 0x80:
	case 0xc0:
	case 0xc6:
		return HAS_OPERANDS | HAS_BYTE;
	case 0x81:
	case 0xc7:
		return HAS_OPERANDS | HAS_WORD | WRITES_OPERAND;
	case 0x83:
	case 0xc1:
		return HAS_OPERANDS | HAS_BYTE | WRITES_OPERAND;
	case 0x84 ... 0x86:
	case 0x88:
	case 0x8a:
	case 0xd0:
	case 0xd2:
	case 0xd8 ... 0xdf:
	case 0xf6:
	case 0xfe:
		return HAS_OPERANDS;
	case 0x87:
		return HAS_OPERANDS | WRITES_OPERAND | WRITES_REGISTER;
	case 0x89:
	case 0x8f:
	case 0xd1:
	case 0xd3:
	case 0xf7:
	case 0xff:
		return HAS_OPERANDS | WRITES_OPERAND;
	default:
		return -1;
	}
}

/* Of opcodes after 0F, and the same after VEX. */
static int form_of_second(uint8_t opcode)
{
	switch (opcode) {
	case 0x05:
	case 0x0b:
	case 0x31:
	case 0x77:
	case 0xa2:
	case 0xc8 ... 0xcf:
		return 0;
	case 0x80 ... 0x8f:
		return HAS_WORD;
	case 0x70 ... 0x73:
	case 0xc2:
	case 0xc4 ... 0xc6:
		return HAS_OPERANDS | HAS_BYTE;
	case 0xa4:
	case 0xac:
	case 0xba:
		return HAS_OPERANDS | HAS_BYTE | WRITES_OPERAND;
	case 0x40 ... 0x4f:
	case 0xaf:
	case 0xb6 ... 0xb8:
	case 0xbc ... 0xbf:
		return HAS_OPERANDS | WRITES_REGISTER;
	case 0xa5:
	case 0xab:
	case 0xad:
	case 0xb1:
	case 0xb3:
	case 0xbb:
	case 0xc1:
		return HAS_OPERANDS | WRITES_OPERAND;
	case 0x10 ... 0x1f:
	case 0x28 ... 0x2f:
	case 0x50 ... 0x6f:
	case 0x74 ... 0x76:
	case 0x7c ... 0x7f:
	case 0x90 ... 0x9f:
	case 0xa3:
	case 0xae:
	case 0xb0:
	case 0xc0:
	case 0xc3:
	case 0xc7:
	case 0xd0 ... 0xfe:
		return HAS_OPERANDS;
	default:
		return -1;
	}
}

/* Prefixes and the opcode. Returns its form, and in *map which of the tables it is of. */
static int take_opcode(struct reading *reading, unsigned int *map)
{
	uint8_t byte, next;

	for (;;) {
		if (!take_byte(reading, &byte))
			return -1;
		if (byte == 0x66)
			reading->is_short = true;
		else if (byte != 0xf0 && byte != 0xf2 && byte != 0xf3 && byte != 0x2e &&
			 byte != 0x3e && byte != 0x64 && byte != 0x65)
			break;
	}
	*map = 0;
	if (byte == 0xc4 || byte == 0xc5) {
		if (!take_byte(reading, &next))
			return -1;
		reading->extension_register = next & 0x80 ? 0 : 8;
		*map = 1;
		if (byte == 0xc4) {
			reading->extension_index = next & 0x40 ? 0 : 8;
			reading->extension_base = next & 0x20 ? 0 : 8;
			*map = next & 0x1f;
			if (!take_byte(reading, &next))
				return -1;
		}
		if (!take_byte(reading, &reading->opcode))
			return -1;
		/* Some write a general register, but none that compilers give the stack's. */
		if (*map == 1)
			return form_of_second(reading->opcode) &
			       ~(WRITES_REGISTER | WRITES_OPERAND);
		return *map == 2 ? HAS_OPERANDS : *map == 3 ? HAS_OPERANDS | HAS_BYTE : -1;
	}
	if ((byte & 0xf0) == 0x40) {
		reading->is_wide = byte & 8;
		reading->extension_register = byte & 4 ? 8 : 0;
		reading->extension_index = byte & 2 ? 8 : 0;
		reading->extension_base = byte & 1 ? 8 : 0;
		if (!take_byte(reading, &byte))
			return -1;
	}
	if (byte != 0x0f) {
		reading->opcode = byte;
		return form_of(byte);
	}
	*map = 1;
	if (!take_byte(reading, &reading->opcode))
		return -1;
	if (reading->opcode != 0x38 && reading->opcode != 0x3a)
		return form_of_second(reading->opcode);
	*map = reading->opcode == 0x38 ? 2 : 3;
	if (!take_byte(reading, &reading->opcode))
		return -1;
	return *map == 2 ? HAS_OPERANDS : HAS_OPERANDS | HAS_BYTE;
}

static bool take_rest(struct reading *reading, int form, unsigned int map)
{
	const uint8_t opcode = reading->opcode;
	/* Jumps and calls have 32 bits in any case. */
	const bool is_short =
		reading->is_short && !reading->is_wide &&
		!(map == 0 ? opcode == 0xe8 || opcode == 0xe9 : (opcode & 0xf0) == 0x80);

	if (form & HAS_OPERANDS && !take_operands(reading))
		return false;
	if (map == 0 && opcode >= 0xb8 && opcode <= 0xbf)
		return take(reading,
			    reading->is_wide	? 8
			    : reading->is_short ? 2
						: 4,
			    &reading->immediate);
	/* Tests have a number, their neighbours none. */
	if (map == 0 && (opcode == 0xf6 || opcode == 0xf7) && (reading->number & 7) < 2)
		form |= opcode == 0xf6 ? HAS_BYTE : HAS_WORD;
	if (form & HAS_BYTE)
		return take(reading, 1, &reading->immediate);
	if (form & HAS_WORD)
		return take(reading, is_short ? 2 : 4, &reading->immediate);
	return true;
}

static bool is_register(const struct reading *reading, uint8_t number)
{
	return reading->mode == 3 && reading->operand == number;
}

static bool is_from(const struct reading *reading, uint8_t number)
{
	return reading->mode != 3 && reading->is_plain && reading->operand == number;
}

/* Moves between the two, and what is added to the stack pointer. */
static enum instruction_effect effect_of_move(const struct reading *reading, int64_t *amount)
{
	const uint8_t group = reading->number & 7;

	*amount = 0;
	switch (reading->opcode) {
	case 0x89:
		if (reading->number == STACK_REGISTER && is_register(reading, FRAME_REGISTER))
			return EFFECT_FRAME_FROM_STACK;
		if (reading->number == FRAME_REGISTER && is_register(reading, STACK_REGISTER))
			return EFFECT_STACK_FROM_FRAME;
		break;
	case 0x8b:
		if (reading->number == FRAME_REGISTER && is_register(reading, STACK_REGISTER))
			return EFFECT_FRAME_FROM_STACK;
		if (reading->number == STACK_REGISTER && is_register(reading, FRAME_REGISTER))
			return EFFECT_STACK_FROM_FRAME;
		break;
	case 0x8d:
		*amount = reading->displacement;
		if (reading->is_relative)
			return EFFECT_REFER;
		if (reading->number == STACK_REGISTER && is_from(reading, STACK_REGISTER))
			return EFFECT_MOVE_STACK;
		if (reading->number == STACK_REGISTER && is_from(reading, FRAME_REGISTER))
			return EFFECT_STACK_FROM_FRAME;
		if (reading->number == FRAME_REGISTER && is_from(reading, STACK_REGISTER))
			return EFFECT_FRAME_FROM_STACK;
		break;
	case 0x81:
	case 0x83:
		if (!is_register(reading, STACK_REGISTER) || (group != 0 && group != 5))
			break;
		*amount = group == 0 ? reading->immediate : -reading->immediate;
		return EFFECT_MOVE_STACK;
	}
	return EFFECT_NONE;
}

static enum instruction_effect effect_of_write(const struct reading *reading, int form,
					       unsigned int map)
{
	const uint8_t opcode = reading->opcode, group = reading->number & 7;
	uint8_t written = NO_REGISTER, other = NO_REGISTER;

	if (map == 0 && opcode >= 0xb8 && opcode <= 0xbf)
		written = (opcode & 7) | reading->extension_base;
	if (form & WRITES_REGISTER)
		written = reading->number;
	if (form & WRITES_OPERAND && reading->mode == 3)
		other = reading->operand;
	/* Comparisons, tests, multiplications, calls and jumps write no operand. */
	if (map == 0 && ((opcode == 0x81 || opcode == 0x83) ? group == 7
			 : opcode == 0xf7		    ? group < 2 || group > 3
							    : opcode == 0xff && group > 1))
		other = NO_REGISTER;
	if (map == 1 && opcode == 0xba && group == 4)
		other = NO_REGISTER;
	if (written == STACK_REGISTER || other == STACK_REGISTER)
		return EFFECT_LOSE_STACK;
	return written == FRAME_REGISTER || other == FRAME_REGISTER ? EFFECT_LOSE_FRAME
								    : EFFECT_NONE;
}

static enum instruction_effect effect_of_group(const struct reading *reading)
{
	switch (reading->number & 7) {
	case 4:
	case 5:
		return EFFECT_JUMP_AWAY;
	case 6:
		return EFFECT_PUSH;
	default:
		return EFFECT_NONE;
	}
}

static enum instruction_effect effect_of_second(const struct reading *reading, int64_t *amount)
{
	switch (reading->opcode) {
	case 0x0b:
		return EFFECT_STOP;
	case 0x1f:
		return EFFECT_PAD;
	case 0x80 ... 0x8f:
		*amount = reading->immediate;
		return EFFECT_BRANCH;
	default:
		return EFFECT_NONE;
	}
}

static enum instruction_effect effect_of(const struct reading *reading, int form, unsigned int map,
					 int64_t *amount)
{
	const uint8_t number = (reading->opcode & 7) | reading->extension_base;
	enum instruction_effect effect;

	*amount = 0;
	if (map == 1)
		effect = effect_of_second(reading, amount);
	else if (map > 1)
		return EFFECT_NONE;
	else
		effect = effect_of_move(reading, amount);
	if (effect != EFFECT_NONE)
		return effect;
	if (map == 0) {
		*amount = reading->immediate;
		switch (reading->opcode) {
		case 0x31:
		case 0x33:
			if (reading->number == FRAME_REGISTER &&
			    is_register(reading, FRAME_REGISTER))
				return EFFECT_CLEAR_FRAME;
			break;
		case 0x50 ... 0x57:
			return number == FRAME_REGISTER ? EFFECT_PUSH_FRAME : EFFECT_PUSH;
		case 0x58 ... 0x5f:
			return number == FRAME_REGISTER	  ? EFFECT_POP_FRAME
			       : number == STACK_REGISTER ? EFFECT_LOSE_STACK
							  : EFFECT_POP;
		case 0x68:
		case 0x6a:
		case 0x9c:
			return EFFECT_PUSH;
		case 0x8f:
		case 0x9d:
			return EFFECT_POP;
		case 0x70 ... 0x7f:
		case 0xe0 ... 0xe3:
			return EFFECT_BRANCH;
		case 0x90:
		case 0xcc:
			return EFFECT_PAD;
		case 0xc3:
			return EFFECT_RETURN;
		case 0xc9:
			return EFFECT_LEAVE;
		case 0xe8:
			return EFFECT_CALL;
		case 0xe9:
		case 0xeb:
			return EFFECT_JUMP;
		case 0xf4:
			return EFFECT_STOP;
		case 0xff:
			effect = effect_of_group(reading);
			if (effect != EFFECT_NONE)
				return effect;
		}
	}
	return effect_of_write(reading, form, map);
}

int instruction_read(const uint8_t *code, size_t size, struct instruction *instruction)
{
	struct reading reading = { .code = code,
				   .size = size > 15 ? 15 : size,
				   .operand = NO_REGISTER };
	unsigned int map;
	int form;

	form = take_opcode(&reading, &map);
	if (form < 0 || !take_rest(&reading, form, map))
		return 0;
	instruction->effect = effect_of(&reading, form, map, &instruction->amount);
	instruction->length = reading.place;
	return 1;
}
