/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The scratch of stack_store.bpf.h in programs that others can preempt on their CPU, as those
 * at functions. Include it after defining STACK_KEY as __u64: who uses the scratch.
 */
#ifndef LIB_STACK_SCRATCH_BPF_H
#define LIB_STACK_SCRATCH_BPF_H

#include "stack_store.bpf.h"

/* For a program that interrupts another which is using its CPU's scratch. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stack_scratch);
} interrupting_scratch SEC(".maps");

/* A scratch to read a stack into, until end_scratch(). */
static __always_inline struct stack_scratch *begin_scratch(__u64 *user)
{
	struct stack_scratch *scratch = stack_scratch_here();
	__u32 zero = 0;

	if (scratch && scratch->key)
		scratch = bpf_map_lookup_elem(&interrupting_scratch, &zero);
	if (!scratch)
		return NULL;
	*user = bpf_ktime_get_ns();
	scratch->key = *user;
	return scratch;
}

/*
 * The number of the stack in the scratch; 0 where none was read. A program that was preempted
 * can find the scratch in use by another, or be found so: both drop what is mixed.
 */
static __always_inline __u64 end_scratch(struct stack_scratch *scratch, __u64 user, bool is_read)
{
	__u64 number = is_read ? keep_stack(&scratch->frames) : 0;

	if (*(volatile __u64 *)&scratch->key != user)
		number = 0;
	scratch->key = 0;
	if (number || !is_read)
		return number;
	LEDGER_ADD(map_full);
	return STACK_NOT_KEPT;
}

#endif
