/* SPDX-License-Identifier: GPL-2.0 */
/* What is counted by call stacks. */
#ifndef LIB_STACKS_BPF_H
#define LIB_STACKS_BPF_H

#include "stacks.h"

#define STACK_KEY struct stack_key

#include "stack_store.bpf.h"

struct stack_counts {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, struct stack_key);
	__type(value, struct stack_count);
};

struct stack_counts stack_counts_even SEC(".maps");
struct stack_counts stack_counts_odd SEC(".maps");

static __always_inline void describe_current(const volatile struct stack_config *config,
					     __u32 namespace, struct stack_side *side)
{
	__u64 ids = current_ids(namespace);

	__builtin_memset(side, 0, sizeof(*side));
	side->pid = ids >> 32;
	if (config->per_thread)
		side->tid = ids;
	bpf_get_current_comm(side->comm, sizeof(side->comm));
}

/* Describes the running task with its stacks. */
static __noinline void take_stacks(void *context, const volatile struct stack_config *config,
				   __u32 namespace, struct stack_frames *scratch,
				   struct stack_side *side)
{
	describe_current(config, namespace, side);
	if (config->kernel)
		side->kernel = take_stack(context, config, scratch, 0);
	if (config->user)
		side->user = take_user_stack(context, config, scratch, &side->owner);
}

static __always_inline struct stack_count *stack_count_of(void *counts, const struct stack_key *key)
{
	static const struct stack_count none;
	struct stack_count *count = bpf_map_lookup_elem(counts, key);

	if (count)
		return count;
	if (!bpf_map_update_elem(counts, key, &none, BPF_NOEXIST))
		stack_set_grows();
	return bpf_map_lookup_elem(counts, key);
}

static __always_inline void count_stack(const struct stack_key *key, __u64 nanoseconds)
{
	struct stack_count *count = stack_set & 1 ? stack_count_of(&stack_counts_odd, key)
						  : stack_count_of(&stack_counts_even, key);

	if (!count) {
		LEDGER_ADD(map_full);
		return;
	}
	ATOMIC_ADD(&count->count, 1);
	if (nanoseconds)
		ATOMIC_ADD(&count->nanoseconds, nanoseconds);
}

#endif
