/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which block requests a filter of tasks wants, for programs that need to know no more
 * of who submitted them.
 */
#ifndef LIB_BLOCK_WANTED_BPF_H
#define LIB_BLOCK_WANTED_BPF_H

#include "block.bpf.h"
#include "atomic.bpf.h"
#include "filter.bpf.h"
#include "ledger.bpf.h"

/* The bios that a task of the filter submitted. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct bio *);
	__type(value, __u8);
} wanted_bios SEC(".maps");

/*
 * About how many there are: while there is none, the bios of others need no look into
 * the map. Never too few.
 */
static __u64 wanted_bio_count;

static __always_inline bool bio_is_wanted(struct bio *bio)
{
	return wanted_bio_count && bpf_map_lookup_elem(&wanted_bios, &bio);
}

static __always_inline void want_bio(struct bio *bio)
{
	__u8 yes = 1;

	if (bio_is_wanted(bio))
		return;
	ATOMIC_ADD(&wanted_bio_count, 1);
	if (bpf_map_update_elem(&wanted_bios, &bio, &yes, BPF_ANY))
		LEDGER_ADD(map_full);
}

static __always_inline void forget_bio(struct bio *bio)
{
	if (!bpf_map_delete_elem(&wanted_bios, &bio))
		ATOMIC_ADD(&wanted_bio_count, -1);
}

/* To be called where a bio gets a request or becomes the first of one. */
static __always_inline void filter_bio(const volatile struct task_filter *filter, struct bio *bio)
{
	if (current_passes_inline(filter))
		want_bio(bio);
	else if (bio_is_wanted(bio))
		forget_bio(bio); /* another task's, at the same address */
}

#endif
