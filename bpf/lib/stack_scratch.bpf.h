/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The scratch of stack_store.bpf.h in programs that others can preempt on their CPU, as those
 * at functions. Include it after defining STACK_KEY as __u64: who uses the scratch.
 */
#ifndef LIB_STACK_SCRATCH_BPF_H
#define LIB_STACK_SCRATCH_BPF_H

#include "stack_store.bpf.h"

/* Begins to use the scratch, before a stack is read into it. */
static __always_inline __u64 use_scratch(struct stack_scratch *scratch)
{
	__u64 user = bpf_ktime_get_ns();

	scratch->key = user;
	return user;
}

/*
 * The number of the stack in the scratch. A program that was preempted finds the scratch in
 * use by another, or is found so: both drop what is mixed.
 */
static __always_inline __u64 number_scratch(struct stack_scratch *scratch, __u64 user)
{
	__u64 number = keep_stack(&scratch->frames);

	if (*(volatile __u64 *)&scratch->key != user) {
		scratch->key = 0;
		number = 0;
	}
	if (number)
		return number;
	LEDGER_ADD(map_full);
	return STACK_NOT_KEPT;
}

#endif
