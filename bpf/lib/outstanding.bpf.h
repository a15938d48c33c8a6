/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was acquired and not yet given back, by its address. Include it after declaring
 * config, with a stack_config as stacks and an outstanding_config as outstanding.
 */
#ifndef LIB_OUTSTANDING_BPF_H
#define LIB_OUTSTANDING_BPF_H

#include "outstanding.h"
#include <bpf/bpf_helpers.h>

#define STACK_KEY struct outstanding_stack

#include "stack_store.bpf.h"

/* Allocated ahead: a program at the kernel's allocator must not allocate. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, struct outstanding_key);
	__type(value, struct outstanding);
} outstanding SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, struct outstanding_stack);
	__type(value, struct outstanding_sum);
} outstanding_sums SEC(".maps");

/* Ranges given back that do not begin where something was acquired: the reader looks. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, struct outstanding_key);
	__type(value, struct outstanding_part);
} outstanding_parts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} outstanding_turns SEC(".maps");

/* Whether one of this size is recorded: one in so many, counted on each CPU. */
static __always_inline bool outstanding_wanted(__u64 size)
{
	__u32 zero = 0;
	__u64 *turns;

	if (size < config.outstanding.min_size || size > config.outstanding.max_size)
		return false;
	if (config.outstanding.sample_rate <= 1)
		return true;
	turns = bpf_map_lookup_elem(&outstanding_turns, &zero);
	if (!turns || ++*turns < config.outstanding.sample_rate)
		return false;
	*turns = 0;
	return true;
}

static __always_inline struct outstanding_sum *outstanding_sum_of(const struct outstanding_key *key,
								  const struct outstanding *entry)
{
	struct outstanding_stack stack = { .stack = entry->stack };
	struct outstanding_sum none = {}, *sum;

	if (config.stacks.user) {
		stack.owner.generation = key->space;
		stack.owner.pid = entry->pid;
	}
	sum = bpf_map_lookup_elem(&outstanding_sums, &stack);
	if (sum)
		return sum;
	__builtin_memcpy(none.comm, entry->comm, sizeof(none.comm));
	bpf_map_update_elem(&outstanding_sums, &stack, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&outstanding_sums, &stack);
}

/* With a sign: what is given back is subtracted. */
static __always_inline void outstanding_sum_up(const struct outstanding_key *key,
					       const struct outstanding *entry, __s64 sign)
{
	struct outstanding_sum *sum = outstanding_sum_of(key, entry);
	__s64 weight = sign * (__s64)entry->weight;

	if (!sum) {
		LEDGER_ADD(map_full);
		return;
	}
	ATOMIC_ADD(&sum->bytes, weight * (__s64)entry->size);
	ATOMIC_ADD(&sum->count, weight);
}

static __always_inline struct outstanding *outstanding_at(const struct outstanding_key *key)
{
	return bpf_map_lookup_elem(&outstanding, key);
}

static __noinline int outstanding_remove(const struct outstanding_key *key)
{
	if (!key)
		return 0;
	if (config.outstanding.sums) {
		struct outstanding *entry = outstanding_at(key);

		if (!entry)
			return 0;
		outstanding_sum_up(key, entry, -1);
	}
	bpf_map_delete_elem(&outstanding, key);
	return 0;
}

/* What was at the address has been given back unseen, if there was something. */
static __noinline int outstanding_add(const struct outstanding_key *key, struct outstanding *entry)
{
	if (!key || !entry)
		return 0;
	if (config.outstanding.sums)
		outstanding_remove(key);
	if (bpf_map_update_elem(&outstanding, key, entry, BPF_ANY)) {
		LEDGER_ADD(map_full);
		return 0;
	}
	if (config.outstanding.sums)
		outstanding_sum_up(key, entry, 1);
	return 0;
}

static __always_inline void outstanding_begin(struct outstanding *entry, __u64 size, __u64 stack)
{
	__builtin_memset(entry, 0, sizeof(*entry));
	entry->size = size;
	entry->stack = stack;
	entry->time_ns = bpf_ktime_get_ns();
	entry->weight = config.outstanding.sample_rate;
	bpf_get_current_comm(entry->comm, sizeof(entry->comm));
}

static __always_inline void outstanding_note_part(const struct outstanding_key *key, __u64 size)
{
	struct outstanding_part part = { .size = size, .time_ns = bpf_ktime_get_ns() };

	if (bpf_map_update_elem(&outstanding_parts, key, &part, BPF_ANY))
		LEDGER_ADD(map_full);
}

/*
 * Gives back a range of what can be in parts, from an address on. One that begins where
 * something does trims it.
 */
static __always_inline void outstanding_remove_part(struct outstanding_key *key, __u64 size)
{
	struct outstanding *found = outstanding_at(key), rest;

	if (found && !(found->flags & OUTSTANDING_IN_PARTS))
		return;
	if (!found) {
		outstanding_note_part(key, size);
		return;
	}
	rest = *found;
	outstanding_remove(key);
	if (rest.size == size)
		return;
	if (rest.size < size) {
		key->address += rest.size;
		outstanding_note_part(key, size - rest.size);
		return;
	}
	key->address += size;
	rest.size -= size;
	outstanding_add(key, &rest);
}

#endif
