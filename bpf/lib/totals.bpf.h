/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Totals by key, taken out at each interval. Include it after defining TOTALS_KEY and
 * TOTALS_VALUE, a struct of numbers that only grow, TOTALS_ENTRIES where there can be
 * more keys than usual, TOTALS_NUMBERS where keys are numbers below that, which are found
 * without a search, and TOTALS_SET where another variable says which set is written.
 *
 * There are two sets, of which the reader turns the programs to the other one, as
 * histogram.bpf.h says.
 */
#ifndef LIB_TOTALS_BPF_H
#define LIB_TOTALS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "atomic.bpf.h"
#include "ledger.bpf.h"

#ifndef TOTALS_ENTRIES
#define TOTALS_ENTRIES 10240
#endif

#ifndef TOTALS_SET
/* Which set is written: 0 or 1. Set by the reader. */
__u32 totals_set;

#define TOTALS_SET totals_set
#endif

#ifdef TOTALS_NUMBERS

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2 * TOTALS_NUMBERS); /* one set, then the other */
	__type(key, __u32);
	__type(value, TOTALS_VALUE);
} totals_numbered SEC(".maps");

/* This CPU's totals of a number, to be added to with ATOMIC_ADD; NULL where there is no room. */
static __always_inline TOTALS_VALUE *totals_at(__u32 number)
{
	__u32 place = (TOTALS_SET & 1) * TOTALS_NUMBERS + number;

	if (number < TOTALS_NUMBERS)
		return bpf_map_lookup_elem(&totals_numbered, &place);
	LEDGER_ADD(seen);
	LEDGER_ADD(map_full);
	return NULL;
}

#else

struct keyed_totals {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TOTALS_ENTRIES);
	__type(key, TOTALS_KEY);
	__type(value, TOTALS_VALUE);
};

struct keyed_totals totals_even SEC(".maps");
struct keyed_totals totals_odd SEC(".maps");

static const TOTALS_VALUE empty_totals;

static __always_inline TOTALS_VALUE *totals_in(void *totals, const TOTALS_KEY *key)
{
	TOTALS_VALUE *value = bpf_map_lookup_elem(totals, key);

	if (value)
		return value;
	/* Another CPU may have been faster, so the result says nothing. */
	bpf_map_update_elem(totals, key, &empty_totals, BPF_NOEXIST);
	return bpf_map_lookup_elem(totals, key);
}

/*
 * The totals of a key, to be added to with ATOMIC_ADD; NULL where there is no room. What
 * they have was seen, so only what does not get there is counted apart.
 */
static __always_inline TOTALS_VALUE *totals_of(const TOTALS_KEY *key)
{
	TOTALS_VALUE *value =
		TOTALS_SET & 1 ? totals_in(&totals_odd, key) : totals_in(&totals_even, key);

	if (!value) {
		LEDGER_ADD(seen);
		LEDGER_ADD(map_full);
	}
	return value;
}

#endif

#endif
