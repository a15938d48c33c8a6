/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Computes what a user asked for at a probe: steps over a few slots, which are constants for
 * the verifier. So it knows of each step what it does, and of each address in the stack or in
 * the event where it is; only what is computed is unknown to it. Nothing branches on that,
 * since each such branch would double the paths through the steps that follow.
 */
#ifndef LIB_VALUES_BPF_H
#define LIB_VALUES_BPF_H

#include "values.h"
#include <bpf/bpf_helpers.h>
#include "task.bpf.h"

struct value_slots {
	__u64 slot[VALUE_SLOTS];
	__u64 saved[VALUE_SAVES];
};

/* Where the results go. The texts follow each other. */
struct value_results {
	__s64 *numbers; /* of a text its length with the NUL, or a negative errno */
	char *texts;
};

/*
 * Kernel addresses have this bit, those of user space have not, whatever tags they have. With
 * five levels of page tables x86-64 has kernel addresses from 0xff00000000000000 on
 * (Documentation/arch/x86/x86_64/mm.rst), and its tags end below the highest bit; arm64 has
 * tags in the highest byte.
 */
#if defined(__TARGET_ARCH_arm64)
#define KERNEL_ADDRESS_BIT 55
#else
#define KERNEL_ADDRESS_BIT 63
#endif

static __always_inline bool is_kernel_address(__u64 address)
{
	return address >> KERNEL_ADDRESS_BIT & 1;
}

/* 0 where the memory cannot be read. */
static __always_inline __u64 value_at(__u64 address, __u32 size)
{
	__u64 value = 0;

	if (is_kernel_address(address))
		bpf_probe_read_kernel(&value, size, (void *)address);
	else
		bpf_probe_read_user(&value, size, (void *)address);
	return value;
}

static __always_inline long read_text(void *to, __u32 size, __u64 address)
{
	if (is_kernel_address(address))
		return bpf_probe_read_kernel_str(to, size, (void *)address);
	return bpf_probe_read_user_str(to, size, (void *)address);
}

static __always_inline __u64 converted(__u64 value, __u32 size, bool is_signed)
{
	__u32 unused = (64 - size * 8) & 63;

	value <<= unused;
	return is_signed ? (__u64)((__s64)value >> unused) : value >> unused;
}

/* The compiler would make branches of what follows if it knew what it is. */
#define OPAQUE(VALUE) asm volatile("" : "+r"(VALUE))

static __always_inline __u64 is_zero(__u64 value)
{
	value |= -value;
	OPAQUE(value);
	return value >> 63 ^ 1;
}

static __always_inline __u64 is_less(__u64 left, __u64 right)
{
	__u64 borrow = (~left & right) | (~(left ^ right) & (left - right));

	OPAQUE(borrow);
	return borrow >> 63;
}

static __always_inline __u64 sign_mask(__u64 value, bool is_signed)
{
	__u64 mask = is_signed ? value >> 63 : 0;

	OPAQUE(mask);
	return -mask;
}

/* BPF divides numbers without signs only. What is divided by 0 is 0. */
static __always_inline __u64 divided(__u64 left, __u64 right, bool is_signed, bool remainder)
{
	__u64 left_sign = sign_mask(left, is_signed), right_sign = sign_mask(right, is_signed);
	__u64 sign = remainder ? left_sign : left_sign ^ right_sign;
	__u64 result;

	left = (left ^ left_sign) - left_sign;
	right = (right ^ right_sign) - right_sign;
	result = remainder ? left % right : left / right;
	return (result ^ sign) - sign;
}

/* A pointer as a number: the verifier lets nobody look at the bits of one that it knows. */
static __always_inline __u64 number_of(void *pointer)
{
	__u64 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), &pointer);
	return number;
}

struct literal_words {
	__u64 word[VALUE_LITERAL_SIZE / sizeof(__u64)];
};

static __always_inline __u64 is_literal(const volatile struct value_program *program, __u32 literal,
					__u64 address, bool is_text)
{
	struct literal_words found = {};
	__u32 size;
	__u64 difference = 0;

	literal &= VALUE_LITERALS - 1;
	size = program->literal_sizes[literal] & (VALUE_LITERAL_SIZE - 1);
	if (!size)
		return 1;
	if (is_text)
		read_text(&found, size + 1, address);
	else if (is_kernel_address(address))
		bpf_probe_read_kernel(&found, size, (void *)address);
	else
		bpf_probe_read_user(&found, size, (void *)address);
#pragma clang loop unroll(full)
	for (__u32 index = 0; index < VALUE_LITERAL_SIZE / sizeof(__u64); index++) {
		const volatile __u64 *words =
			(void *)&program->literals[literal * VALUE_LITERAL_SIZE];

		difference |= found.word[index] ^ words[index];
	}
	return is_zero(difference);
}

static __always_inline __u64 value_of_step(void *context, __u32 namespace,
					   const volatile struct value_program *program,
					   const volatile struct value_step *step,
					   const struct value_slots *slots)
{
	__u64 left = slots->slot[step->left & (VALUE_SLOTS - 1)];
	__u64 right = slots->slot[step->right & (VALUE_SLOTS - 1)];
	__u64 constant = step->constant, value = 0;
	__u32 size = step->size;
	bool is_signed = step->is_signed;

	/* For the verifier of a size that the configuration does not have. */
	if (!size || size > sizeof(value))
		size = sizeof(value);
	switch (step->operation) {
	case VALUE_CONSTANT:
		return constant;
	case VALUE_CONTEXT:
		bpf_probe_read_kernel(&value, size, context + constant);
		return converted(value, size, is_signed);
	case VALUE_CONTEXT_ADDRESS:
		return number_of(context) + constant;
	case VALUE_CONTEXT_TEXT:
		return number_of(context) + constant + (left & 0xffff);
	case VALUE_READ:
		return converted(value_at(left + constant, size), size, is_signed);
	case VALUE_IDS:
		return current_ids(namespace);
	case VALUE_OWNERS:
		return bpf_get_current_uid_gid();
	case VALUE_CPU:
		return bpf_get_smp_processor_id();
	case VALUE_TASK:
		return bpf_get_current_task();
	case VALUE_SAVED:
		return slots->saved[constant & (VALUE_SAVES - 1)];
	case VALUE_CONVERT:
		return converted(left, size, is_signed);
	case VALUE_ADD:
		return left + right + constant;
	case VALUE_SUBTRACT:
		return left - right;
	case VALUE_MULTIPLY:
		return left * right;
	case VALUE_DIVIDE:
		return divided(left, right, is_signed, false);
	case VALUE_REMAINDER:
		return divided(left, right, is_signed, true);
	case VALUE_AND:
		return left & right;
	case VALUE_OR:
		return left | right;
	case VALUE_XOR:
		return left ^ right;
	case VALUE_SHIFT_LEFT:
		return left << (right & 63);
	case VALUE_SHIFT_RIGHT:
		return is_signed ? (__u64)((__s64)left >> (right & 63)) : left >> (right & 63);
	case VALUE_EQUAL:
		return is_zero(left ^ right);
	case VALUE_LESS: {
		__u64 bias = is_signed ? 1ULL << 63 : 0;

		return is_less(left ^ bias, right ^ bias);
	}
	case VALUE_IS_ZERO:
		return is_zero(left);
	case VALUE_BEGINS_WITH:
		return is_literal(program, step->right, left, true);
	case VALUE_EQUALS_BYTES:
		return is_literal(program, step->right, left, false);
	}
	return 0;
}

static __always_inline void keep_result(const volatile struct value_program *program,
					const volatile struct value_step *step,
					const struct value_slots *slots,
					const struct value_results *results)
{
	__u64 left = slots->slot[step->left & (VALUE_SLOTS - 1)];
	__u32 result = step->constant & (VALUE_RESULTS - 1);
	__u32 text = step->text & (VALUE_RESULTS - 1);

	if (step->operation == VALUE_RESULT)
		results->numbers[result] = left;
	else
		results->numbers[result] = read_text(results->texts + text * program->text_size,
						     program->text_size, left);
}

/* Runs some steps; the result of the predicate is then in the first slot. */
static __always_inline void run_steps(void *context, __u32 namespace,
				      const volatile struct value_program *program, __u32 first,
				      __u32 end, struct value_slots *slots,
				      const struct value_results *results)
{
#pragma clang loop unroll(disable)
	for (__u32 index = 0; index < VALUE_STEPS; index++) {
		const volatile struct value_step *step = &program->step[index];

		if (index < first)
			continue;
		if (index >= end)
			break;
		if (step->operation >= VALUE_RESULT) {
			if (results)
				keep_result(program, step, slots, results);
			continue;
		}
		slots->slot[step->to & (VALUE_SLOTS - 1)] =
			value_of_step(context, namespace, program, step, slots);
	}
}

#endif
