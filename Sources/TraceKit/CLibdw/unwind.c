// SPDX-License-Identifier: Apache-2.0
/*
 * Call frame information of .eh_frame: DWARF 5, section 6.4, with what the Linux Standard
 * Base adds ("Exception Frames"). Of each place only the rules of the stack pointer, the
 * frame pointer and the return address are kept, as compilers write them; any other rule is
 * unknown. Where much code is not described, its instructions are asked (codeflow.h).
 */
#define _GNU_SOURCE
#include "codeflow.h"
#include "files.h"
#include "frame_section.h"
#include "unwind_table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Chromium has three million. */
#define GREATEST_ROWS (8ul << 20)
/* Instructions and records, which a hostile file could make quadratic in its size. */
#define GREATEST_WORK (64ul << 20)
#define REMEMBERED    16

/* Between functions is padding, where nothing runs. */
#define PADDING	      16
/* More is code that is not described. Where that is little, or a small part, it is left so. */
#define LEAST_GAP     4096
#define LEAST_GAPS    (16ul << 10)
#define LEAST_PART    8
/* The code of an entry point is shorter. */
#define MOST_ENTRY    64

#if defined(__x86_64__)
#define FRAME_POINTER 6
#define STACK_POINTER 7
#define RETURN	      16
#elif defined(__aarch64__)
#define FRAME_POINTER 29
#define STACK_POINTER 31
#define RETURN	      30
#else
#error "no numbers of registers for this architecture"
#endif

/* --- Rules --- */

enum saved {
	SAVED_NOT, /* it has still the caller's value */
	SAVED_FROM_CFA,
	SAVED_AT_FRAME,
	SAVED_ELSEWHERE,
	SAVED_NOWHERE /* for the return address: there is no caller */
};

struct place {
	enum saved saved;
	int64_t offset;
};

struct state {
	enum unwind_how how;
	int64_t amount;
	struct place frame;
	struct place link;
};

/* What the entries of one kind of function have in common. */
struct common {
	uint64_t code_factor;
	int64_t data_factor;
	struct cursor instructions;
	struct state initial;
	uint8_t pointers;
	bool is_augmented;
	bool is_signal;
};

static bool fits(int64_t offset, uint32_t mask)
{
	return offset >= 0 && offset % 8 == 0 && (uint64_t)offset / 8 <= mask;
}

static uint32_t rule_of(const struct state *state, const struct common *common)
{
	const bool is_saved = state->frame.saved == SAVED_FROM_CFA;
	uint64_t amount = state->amount, saved = 0;
	uint32_t where;

	if (state->link.saved == SAVED_NOWHERE)
		return UNWIND_END;
#if defined(__x86_64__)
	if (state->how == UNWIND_SIGNAL)
		return UNWIND_SIGNAL;
	if (state->link.saved != SAVED_FROM_CFA || state->link.offset != -8)
		return UNWIND_OTHERWISE;
	where = UNWIND_BELOW;
	if (state->frame.saved == SAVED_AT_FRAME)
		where = UNWIND_AT_FRAME;
	if (is_saved)
		saved = -state->frame.offset;
#else
	if (common->is_signal)
		return UNWIND_SIGNAL;
	where = UNWIND_LINK;
	if (is_saved) {
		if (state->link.saved != SAVED_FROM_CFA ||
		    state->link.offset != state->frame.offset + 8)
			return UNWIND_OTHERWISE;
		where = UNWIND_ABOVE_SAVED;
		saved = -state->frame.offset;
	} else if (state->link.saved == SAVED_FROM_CFA) {
		where = UNWIND_IN_PLACE;
		saved = -state->link.offset;
	} else if (state->link.saved != SAVED_NOT) {
		return UNWIND_OTHERWISE;
	}
#endif
	(void)common;
	if (state->frame.saved == SAVED_ELSEWHERE || !fits(saved, UNWIND_SAVED_MASK))
		return UNWIND_OTHERWISE;
	if (state->how != UNWIND_LINKAGE) {
		if (!fits(amount, UNWIND_AMOUNT_MASK))
			return UNWIND_OTHERWISE;
		amount /= 8;
	}
	if (state->how == UNWIND_UNKNOWN)
		return UNWIND_OTHERWISE;
	return state->how | (uint32_t)amount << UNWIND_AMOUNT_SHIFT |
	       (uint32_t)(saved / 8) << UNWIND_SAVED_SHIFT | where << UNWIND_WHERE_SHIFT;
}

static void set_register(struct state *state, uint64_t number)
{
	state->how = number == STACK_POINTER   ? UNWIND_STACK
		     : number == FRAME_POINTER ? UNWIND_FRAME
					       : UNWIND_UNKNOWN;
}

#define OP_DEREF       0x06
#define OP_PLUS_UCONST 0x23
#define OP_BREG	       0x70

/* The expressions that compilers, linkers and the C library write; others are unknown. */
static void set_expression(struct state *state, struct cursor expression, bool is_signal)
{
	/* CFA = rsp + 8 + ((rip & 15) >= N) * 8, where N is the tenth byte. */
	static const uint8_t linkage[] = { 0x77, 8,    0x80, 0,	   0x3f, 0x1a,
					   0x30, 0x2a, 0x33, 0x24, 0x22 };
	const uint64_t size = left(&expression);
	uint8_t number;
	int64_t offset;

	state->how = UNWIND_UNKNOWN;
#if !defined(__x86_64__)
	return;
#endif
	if (expression.failed)
		return;
	if (size == sizeof(linkage) && !memcmp(expression.place, linkage, 6) &&
	    (expression.place[6] & 0xf0) == 0x30 && !memcmp(expression.place + 7, linkage + 7, 4)) {
		state->how = UNWIND_LINKAGE;
		state->amount = expression.place[6] & 0x0f;
		return;
	}
	number = take_number(&expression, 1) - OP_BREG;
	offset = take_signed_leb(&expression);
	if (take_number(&expression, 1) != OP_DEREF || expression.failed)
		return;
	if (number == FRAME_POINTER && left(&expression) == 0 && offset > INT64_MIN) {
		state->how = UNWIND_FRAME_WORD;
		state->amount = -offset;
	} else if (number == STACK_POINTER && left(&expression) == 0) {
		/* The stack pointer in a signal's context, whatever the other rules are. */
		state->how = is_signal && offset == 160 ? UNWIND_SIGNAL : UNWIND_UNKNOWN;
	} else if (number == STACK_POINTER && take_number(&expression, 1) == OP_PLUS_UCONST &&
		   take_unsigned_leb(&expression) == 8 && left(&expression) == 0 &&
		   !expression.failed) {
		state->how = UNWIND_STACK_WORD;
		state->amount = offset;
	}
}

static void set_place(struct state *state, uint64_t number, enum saved saved, int64_t offset)
{
	const struct place place = { saved, offset };

	if (number == FRAME_POINTER)
		state->frame = place;
	else if (number == RETURN)
		state->link = place;
}

static void set_place_expression(struct state *state, uint64_t number, struct cursor expression)
{
	const bool is_at_frame = number == FRAME_POINTER && left(&expression) == 2 &&
				 expression.place[0] == OP_BREG + FRAME_POINTER &&
				 expression.place[1] == 0;

	set_place(state, number, is_at_frame ? SAVED_AT_FRAME : SAVED_ELSEWHERE, 0);
}

/* --- Rows --- */

struct function {
	uint64_t start; /* from the base, as all places */
	uint64_t end;
	size_t first; /* row */
	size_t count;
};

struct builder {
	struct frame_section section;
	struct unwind_row *rows;
	size_t row_count, row_room;
	struct function *functions;
	size_t function_count, function_room;
	uint64_t work;
	bool failed;
};

static bool make_room(void *array, size_t count, size_t *room, size_t size)
{
	void *old, *larger;

	if (count < *room)
		return true;
	*room = *room ? *room * 2 : 1024;
	memcpy(&old, array, sizeof(old));
	larger = realloc(old, *room * size);
	if (!larger)
		return false;
	memcpy(array, &larger, sizeof(larger));
	return true;
}

static void add_row(struct builder *builder, size_t first, uint64_t place, uint32_t rule)
{
	struct unwind_row *last =
		builder->row_count > first ? &builder->rows[builder->row_count - 1] : NULL;

	if (last && last->place == place) {
		last->rule = rule;
		return;
	}
	if (last && last->rule == rule)
		return;
	if (builder->row_count >= GREATEST_ROWS ||
	    !make_room(&builder->rows, builder->row_count, &builder->row_room,
		       sizeof(*builder->rows))) {
		builder->failed = true;
		return;
	}
	builder->rows[builder->row_count++] = (struct unwind_row){ place, rule };
}

/* The instructions of an entry, or those that are common to several, of which no row is made. */
struct run {
	struct builder *builder;
	const struct common *common;
	struct function *function; /* NULL for common instructions */
	uint64_t place;
	struct state state;
	struct state remembered[REMEMBERED];
	unsigned int depth;
};

static void advance(struct run *run, uint64_t delta)
{
	const struct function *function = run->function;

	if (!function)
		return;
	add_row(run->builder, function->first, run->place, rule_of(&run->state, run->common));
	delta *= run->common->code_factor;
	/* What comes after its end is of no use. */
	if (delta > function->end - run->place)
		delta = function->end - run->place;
	run->place += delta;
}

static void restore(struct run *run, uint64_t number)
{
	if (number == FRAME_POINTER)
		run->state.frame = run->common->initial.frame;
	else if (number == RETURN)
		run->state.link = run->common->initial.link;
}

static void remember(struct run *run)
{
	/* No compiler nests them deeper; what is lost here ends in an unknown state. */
	if (run->depth < REMEMBERED)
		run->remembered[run->depth] = run->state;
	run->depth++;
}

static void recall(struct run *run, struct cursor *code)
{
	if (!run->depth) {
		code->failed = true;
		return;
	}
	run->depth--;
	if (run->depth < REMEMBERED)
		run->state = run->remembered[run->depth];
	else
		run->state.how = UNWIND_UNKNOWN;
}

static int64_t scaled(const struct run *run, uint64_t factored)
{
	return (int64_t)(factored * (uint64_t)run->common->data_factor);
}

static void step_extended(struct run *run, struct cursor *code, uint8_t instruction)
{
	struct state *state = &run->state;
	uint64_t number;

	switch (instruction) {
	case 0x00: /* nop */
#if defined(__aarch64__)
	case 0x2d: /* the return address is signed, or no longer; its bits are always removed */
#endif
		break;
	case 0x01: /* set_loc */
		number = take_pointer(&run->builder->section, code, run->common->pointers) -
			 run->builder->section.base;
		if (run->function && number >= run->place)
			advance(run,
				(number - run->place) /
					(run->common->code_factor ? run->common->code_factor : 1));
		break;
	case 0x02: /* advance_loc1 */
		advance(run, take_number(code, 1));
		break;
	case 0x03:
		advance(run, take_number(code, 2));
		break;
	case 0x04:
		advance(run, take_number(code, 4));
		break;
	case 0x05: /* offset_extended */
		number = take_unsigned_leb(code);
		set_place(state, number, SAVED_FROM_CFA, scaled(run, take_unsigned_leb(code)));
		break;
	case 0x06: /* restore_extended */
		restore(run, take_unsigned_leb(code));
		break;
	case 0x07: /* undefined */
		number = take_unsigned_leb(code);
		set_place(state, number, number == RETURN ? SAVED_NOWHERE : SAVED_NOT, 0);
		break;
	case 0x08: /* same_value */
		set_place(state, take_unsigned_leb(code), SAVED_NOT, 0);
		break;
	case 0x09: /* register */
		number = take_unsigned_leb(code);
		take_unsigned_leb(code);
		set_place(state, number, SAVED_ELSEWHERE, 0);
		break;
	case 0x0a:
		remember(run);
		break;
	case 0x0b:
		recall(run, code);
		break;
	case 0x0c: /* def_cfa */
		set_register(state, take_unsigned_leb(code));
		state->amount = (int64_t)take_unsigned_leb(code);
		break;
	case 0x0d: /* def_cfa_register */
		set_register(state, take_unsigned_leb(code));
		break;
	case 0x0e: /* def_cfa_offset */
		state->amount = (int64_t)take_unsigned_leb(code);
		break;
	case 0x0f: /* def_cfa_expression */
		number = take_unsigned_leb(code);
		set_expression(state, take_block(code, number), run->common->is_signal);
		break;
	case 0x10: /* expression */
		number = take_unsigned_leb(code);
		set_place_expression(state, number, take_block(code, take_unsigned_leb(code)));
		break;
	case 0x11: /* offset_extended_sf */
		number = take_unsigned_leb(code);
		set_place(state, number, SAVED_FROM_CFA,
			  scaled(run, (uint64_t)take_signed_leb(code)));
		break;
	case 0x12: /* def_cfa_sf */
		set_register(state, take_unsigned_leb(code));
		state->amount = scaled(run, (uint64_t)take_signed_leb(code));
		break;
	case 0x13: /* def_cfa_offset_sf */
		state->amount = scaled(run, (uint64_t)take_signed_leb(code));
		break;
	case 0x14: /* val_offset */
	case 0x15: /* val_offset_sf */
		number = take_unsigned_leb(code);
		take_unsigned_leb(code);
		set_place(state, number, SAVED_ELSEWHERE, 0);
		break;
	case 0x16: /* val_expression */
		number = take_unsigned_leb(code);
		take(code, take_unsigned_leb(code));
		set_place(state, number, SAVED_ELSEWHERE, 0);
		break;
	case 0x1d: /* MIPS_advance_loc8 */
		advance(run, take_number(code, 8));
		break;
	case 0x2e: /* GNU_args_size */
		take_unsigned_leb(code);
		break;
	case 0x2f: /* GNU_negative_offset_extended */
		number = take_unsigned_leb(code);
		set_place(state, number, SAVED_FROM_CFA, -scaled(run, take_unsigned_leb(code)));
		break;
	default:
		code->failed = true;
	}
}

/* Returns whether all of it was understood. */
static bool execute(struct run *run, struct cursor code)
{
	while (left(&code) && !code.failed && !run->builder->failed) {
		const uint8_t instruction = take_number(&code, 1), low = instruction & 0x3f;

		if (++run->builder->work > GREATEST_WORK)
			run->builder->failed = true;
		switch (instruction >> 6) {
		case 0:
			step_extended(run, &code, instruction);
			break;
		case 1:
			advance(run, low);
			break;
		case 2:
			set_place(&run->state, low, SAVED_FROM_CFA,
				  scaled(run, take_unsigned_leb(&code)));
			break;
		case 3:
			restore(run, low);
			break;
		}
	}
	return !code.failed && !run->builder->failed;
}

/* --- Entries --- */

/* The next entry and its first word, which is 0 in a common one; false at the end. */
static bool take_entry(struct cursor *section, struct cursor *entry)
{
	uint64_t size = take_number(section, 4);

	if (size == 0xffffffff)
		size = take_number(section, 8);
	if (section->failed || !size)
		return false;
	*entry = take_block(section, size);
	return !entry->failed;
}

static bool read_augmentation(const struct frame_section *section, struct cursor *entry,
			      const char *letters, struct common *common)
{
	struct cursor data;

	if (!*letters)
		return true;
	/* Without its size, what it means cannot be left out. */
	if (*letters != 'z')
		return false;
	common->is_augmented = true;
	data = take_block(entry, take_unsigned_leb(entry));
	while (*++letters && !data.failed) {
		switch (*letters) {
		case 'R':
			common->pointers = take_number(&data, 1);
			break;
		case 'P': {
			const uint8_t form = take_number(&data, 1);

			/* Where it is does not matter, only how long it is. */
			take_pointer(section, &data, form & 0x0f);
			break;
		}
		case 'L':
			take_number(&data, 1);
			break;
		case 'S':
			common->is_signal = true;
			break;
		case 'B':
		case 'G':
			break;
		default:
			return true;
		}
	}
	return !data.failed;
}

static bool read_common(struct builder *builder, const uint8_t *place, struct common *common)
{
	const struct frame_section *section = &builder->section;
	struct cursor cursor = { place, section->bytes + section->size, false }, entry;
	const char *letters;
	struct run run;
	size_t length;
	uint8_t version;

	*common = (struct common){};
	if (!take_entry(&cursor, &entry) || take_number(&entry, 4) != 0)
		return false;
	version = take_number(&entry, 1);
	letters = (const char *)entry.place;
	length = strnlen(letters, left(&entry));
	if (entry.failed || (version != 1 && version != 3 && version != 4) ||
	    length == left(&entry))
		return false;
	take(&entry, length + 1);
	if (version == 4)
		take(&entry, 2);
	common->code_factor = take_unsigned_leb(&entry);
	common->data_factor = take_signed_leb(&entry);
	if ((version == 1 ? take_number(&entry, 1) : take_unsigned_leb(&entry)) != RETURN ||
	    entry.failed || !read_augmentation(section, &entry, letters, common) || entry.failed)
		return false;
	common->instructions = entry;
	run = (struct run){ .builder = builder, .common = common };
	if (!execute(&run, common->instructions))
		return false;
	common->initial = run.state;
	return true;
}

/* A function whose rows are the last ones. */
static void keep_function(struct builder *builder, struct function function)
{
	function.count = builder->row_count - function.first;
	if (builder->failed || !make_room(&builder->functions, builder->function_count,
					  &builder->function_room, sizeof(function))) {
		builder->failed = true;
		return;
	}
	builder->functions[builder->function_count++] = function;
}

static void add_function(struct builder *builder, const struct common *common, struct cursor entry)
{
	const struct frame_section *section = &builder->section;
	struct function function = { .first = builder->row_count };
	uint64_t size;
	struct run run;

	function.start = take_pointer(section, &entry, common->pointers) - section->base;
	size = take_pointer(section, &entry, common->pointers & 0x0f);
	if (common->is_augmented)
		take(&entry, take_unsigned_leb(&entry));
	if (entry.failed || !size || function.start >= UINT32_MAX ||
	    size >= UINT32_MAX - function.start)
		return;
	function.end = function.start + size;
	run = (struct run){
		.builder = builder,
		.common = common,
		.function = &function,
		.place = function.start,
		.state = common->initial,
	};
	if (execute(&run, entry)) {
		if (run.place < function.end)
			add_row(builder, function.first, run.place, rule_of(&run.state, common));
	} else {
		/* Nothing is known of it. */
		builder->row_count = function.first;
		add_row(builder, function.first, function.start, UNWIND_OTHERWISE);
	}
	keep_function(builder, function);
}

static void add_functions(struct builder *builder)
{
	const struct frame_section *section = &builder->section;
	struct cursor cursor = { section->bytes, section->bytes + section->size, false }, entry;
	const uint8_t *known = NULL;
	struct common common;
	bool is_usable = false;

	while (!builder->failed && take_entry(&cursor, &entry)) {
		const uint8_t *here = entry.place;
		const uint64_t back = take_number(&entry, 4);

		if (++builder->work > GREATEST_WORK)
			builder->failed = true;
		if (entry.failed || !back || back > (uint64_t)(here - section->bytes))
			continue;
		if (here - back != known) {
			known = here - back;
			is_usable = read_common(builder, known, &common);
		}
		if (is_usable)
			add_function(builder, &common, entry);
	}
}

/* Go has no call frame information, and its runtime changes stacks. */
static void add_edges(struct builder *builder, int descriptor)
{
	struct stack_edge edges[16];
	const size_t count = go_stack_edges(descriptor, edges, sizeof(edges) / sizeof(edges[0]));

	for (size_t index = 0; index < count; index++) {
		const uint64_t start = edges[index].address - builder->section.base;
		struct function function = { .start = start, .first = builder->row_count };

		if (start >= UINT32_MAX || edges[index].size >= UINT32_MAX - start)
			continue;
		function.end = start + edges[index].size;
		add_row(builder, function.first, start,
			edges[index].is_switch ? UNWIND_SWITCH : UNWIND_END);
		keep_function(builder, function);
	}
}

static int by_start(const void *left, const void *right)
{
	const struct function *one = left, *other = right;

	return one->start < other->start ? -1 : one->start > other->start;
}

/* Makes rows of the rules of some code. */
static void add_rules(struct builder *builder, const struct code_rules *rules, uint64_t from,
		      uint64_t to)
{
	const uint64_t start = builder->section.code;
	struct function function = { .first = builder->row_count };

	while (from < to && rules->rules[from - start] == UNWIND_UNKNOWN)
		from++;
	if (from == to || to >= UINT32_MAX)
		return;
	function.start = from;
	function.end = to;
	for (uint64_t place = from; place < to && !builder->failed; place++)
		add_row(builder, function.first, place, rules->rules[place - start]);
	keep_function(builder, function);
}

/*
 * The bytes of code in large gaps between so many functions, which are in order; with rules,
 * it makes rows of all gaps.
 */
static uint64_t look_into_gaps(struct builder *builder, size_t count,
			       const struct code_rules *rules)
{
	uint64_t from = builder->section.code, found = 0;
	const uint64_t end = from + builder->section.code_size;

	for (size_t index = 0; index <= count && from < end; index++) {
		/* Those that are added do not stay where they are. */
		const struct function next =
			index < count ? builder->functions[index]
				      : (struct function){ .start = end, .end = end };
		const uint64_t to = next.start < end ? next.start : end;

		if (to > from && to - from >= LEAST_GAP)
			found += to - from;
		if (to > from && rules)
			add_rules(builder, rules, from, to);
		if (next.end > from)
			from = next.end;
	}
	return found;
}

/* Code that is not described. */
static void add_code(struct builder *builder, int descriptor)
{
	const size_t count = builder->function_count;
	struct code_rules *rules;
	uint64_t gaps;

	if (count)
		qsort(builder->functions, count, sizeof(*builder->functions), by_start);
	gaps = look_into_gaps(builder, count, NULL);
	if (gaps < LEAST_GAPS || gaps < builder->section.code_size / LEAST_PART)
		return;
	rules = code_rules_read(descriptor);
	if (rules && rules->size == builder->section.code_size)
		look_into_gaps(builder, count, rules);
	free(rules);
}

/* Nothing calls where a program begins, which crt1.o of musl does not say. */
static void add_entry(struct builder *builder)
{
	const uint64_t start = builder->section.entry;
	struct function function = { start, start + MOST_ENTRY, builder->row_count, 0 };

	if (!start || start >= UINT32_MAX - MOST_ENTRY)
		return;
	for (size_t index = 0; index < builder->function_count; index++) {
		const struct function *other = &builder->functions[index];

		if (start >= other->start && start < other->end)
			return;
		if (other->start > start && other->start < function.end)
			function.end = other->start;
	}
	add_row(builder, function.first, start, UNWIND_END);
	keep_function(builder, function);
}

static void append(struct unwind_table *table, uint32_t place, uint32_t rule)
{
	struct unwind_row *last = table->count ? &table->rows[table->count - 1] : NULL;

	if (last && last->rule == rule)
		return;
	if (last && last->place == place)
		last->rule = rule;
	else
		table->rows[table->count++] = (struct unwind_row){ place, rule };
}

static struct unwind_table *assemble(struct builder *builder)
{
	/* Each function has an end besides its rows. */
	const size_t most = builder->row_count + builder->function_count;
	struct unwind_table *table = malloc(sizeof(*table) + most * sizeof(table->rows[0]));
	uint64_t end = 0;

	if (!table)
		return NULL;
	*table = (struct unwind_table){ .base = builder->section.base };
	qsort(builder->functions, builder->function_count, sizeof(*builder->functions), by_start);
	for (size_t index = 0; index < builder->function_count; index++) {
		const struct function *function = &builder->functions[index];

		/* Two for the same code: the one that begins first. */
		if (function->start < end)
			continue;
		if (table->count && function->start - end >= PADDING)
			append(table, end, UNWIND_UNKNOWN);
		for (size_t row = 0; row < function->count; row++)
			append(table, builder->rows[function->first + row].place,
			       builder->rows[function->first + row].rule);
		end = function->end;
	}
	if (table->count)
		append(table, end, UNWIND_UNKNOWN);
	return table;
}

struct unwind_table *unwind_read(int descriptor, uint64_t greatest_section)
{
	struct unwind_table *table = NULL;
	struct builder builder = {};
	int failed = frame_section_read(descriptor, greatest_section, &builder.section);

	if (!failed)
		add_functions(&builder);
	if (!failed || failed == ENODATA) {
		const size_t described = builder.function_count;

		add_edges(&builder, descriptor);
		if (builder.function_count == described && !builder.failed)
			add_code(&builder, descriptor);
		if (builder.function_count && !builder.failed)
			add_entry(&builder);
		failed = builder.failed || !builder.function_count ? ENODATA : 0;
	}
	if (!failed) {
		table = assemble(&builder);
		failed = table ? 0 : ENOMEM;
	}
	free(builder.section.bytes);
	free(builder.rows);
	free(builder.functions);
	errno = failed;
	return table;
}
