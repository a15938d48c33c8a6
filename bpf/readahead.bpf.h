/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When pages of files came into the page cache, until something happens to each. Include it
 * after defining page_is_taken(), a global function of the page's age and of what happened.
 */
#ifndef BPF_READAHEAD_BPF_H
#define BPF_READAHEAD_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "lib/ledger.bpf.h"

#define PAGE_BLOCK_SHIFT 5
#define PAGE_BLOCK	 (1U << PAGE_BLOCK_SHIFT)
/* How many blocks of a range are looked at, and pages. */
#define PAGE_BLOCKS	 64
#define PAGE_RANGE	 ((__u64)PAGE_BLOCKS * PAGE_BLOCK - PAGE_BLOCK)

/* Successive pages of a file, whatever the folios that they are in. */
struct page_block_key {
	__u64 mapping;
	__u64 number;
};

struct page_block {
	__u64 added_ns[PAGE_BLOCK]; /* 0: none is kept */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, struct page_block_key);
	__type(value, struct page_block);
} page_times SEC(".maps");

static const struct page_block empty_page_block;

/* The slots of a range's pages in a block, a bit for each. */
static __always_inline __u32 slots_of(__u64 number, __u64 first, __u64 last)
{
	__u32 slots = ~0U;

	if (number == first >> PAGE_BLOCK_SHIFT)
		slots &= ~0U << (first & (PAGE_BLOCK - 1));
	if (number == last >> PAGE_BLOCK_SHIFT)
		slots &= ~0U >> (PAGE_BLOCK - 1 - (last & (PAGE_BLOCK - 1)));
	return slots;
}

/* Older verifiers would remember of all slots what is found out of one. */
static __always_inline bool has_slot(__u32 slots, __u32 slot)
{
	__u32 bit = slots >> slot & 1;

	barrier_var(bit);
	return bit;
}

/*
 * These are global, and have numbers for arguments, so that the verifier looks at each by itself
 * instead of at each turn of the loops that call them.
 */
__noinline int add_to_block(__u64 mapping, __u64 number, __u64 first, __u64 last)
{
	struct page_block_key key = { mapping, number };
	struct page_block *block = bpf_map_lookup_elem(&page_times, &key);
	__u32 slots = slots_of(number, first, last), added = 0;
	__u64 now = bpf_ktime_get_ns();

	if (!block) {
		bpf_map_update_elem(&page_times, &key, &empty_page_block, BPF_NOEXIST);
		block = bpf_map_lookup_elem(&page_times, &key);
	}
	if (!block) {
		LEDGER_ADD(map_full);
		return 0;
	}
#pragma clang loop unroll(disable)
	for (__u32 slot = 0; slot < PAGE_BLOCK; slot++) {
		added += slots >> slot & 1;
		if (has_slot(slots, slot))
			block->added_ns[slot] = now;
	}
	return added;
}

/* Returns how many pages there was room for. */
__noinline int add_pages(__u64 mapping, __u64 first, __u64 last)
{
	__u64 number = first >> PAGE_BLOCK_SHIFT;
	__u32 added = 0;

#pragma clang loop unroll(disable)
	for (int step = 0; step < PAGE_BLOCKS; step++) {
		if (number > last >> PAGE_BLOCK_SHIFT)
			break;
		added += add_to_block(mapping, number++, first, last);
	}
	return added;
}

__noinline int take_from_block(__u64 mapping, __u64 number, __u64 first, __u64 last, __u32 why)
{
	struct page_block_key key = { mapping, number };
	struct page_block *block = bpf_map_lookup_elem(&page_times, &key);
	__u32 slots = slots_of(number, first, last);
	__u64 now = bpf_ktime_get_ns();
	bool is_empty = true;

	if (!block)
		return 0;
#pragma clang loop unroll(disable)
	for (__u32 slot = 0; slot < PAGE_BLOCK; slot++) {
		__u64 added = block->added_ns[slot];

		if (!added)
			continue;
		if (!has_slot(slots, slot)) {
			is_empty = false;
			continue;
		}
		block->added_ns[slot] = 0;
		page_is_taken(now - added, why);
	}
	if (is_empty)
		bpf_map_delete_elem(&page_times, &key);
	return 0;
}

/*
 * Forgets the pages of a range, after it has called page_is_taken() of the tool for each that
 * was kept.
 */
__noinline int take_pages(__u64 mapping, __u64 first, __u64 last, __u32 why)
{
	__u64 number = first >> PAGE_BLOCK_SHIFT;

#pragma clang loop unroll(disable)
	for (int step = 0; step < PAGE_BLOCKS; step++) {
		if (number > last >> PAGE_BLOCK_SHIFT)
			break;
		take_from_block(mapping, number++, first, last, why);
	}
	return 0;
}

#endif
