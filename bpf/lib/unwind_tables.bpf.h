/* SPDX-License-Identifier: GPL-2.0 */
/* Rows that say how to get from a place in code to its caller (unwind_rows.h). */
#ifndef LIB_UNWIND_TABLES_BPF_H
#define LIB_UNWIND_TABLES_BPF_H

#include "unwind_rows.h"
#include <bpf/bpf_helpers.h>

/* Whether there are any rows; the maps are small where not. Set before loading. */
const volatile __u32 unwind_enabled;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, __u32);
	__type(value, struct unwind_row);
} unwind_rows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, __u32);
	__type(value, struct unwind_range);
} unwind_ranges SEC(".maps");

/* Binary searches end in as many steps as the largest maps need. */
#define UNWIND_RANGE_STEPS  14
#define UNWIND_ROW_STEPS    26

/* Rules that no row has. */
#define UNWIND_RULE_OUTSIDE (UNWIND_UNKNOWN | 2 << UNWIND_AMOUNT_SHIFT)
#define UNWIND_RULE_WANTED  (UNWIND_UNKNOWN | 3 << UNWIND_AMOUNT_SHIFT)

/*
 * The rule for a place of the process with these ranges. Not static, as unwind_frame() is
 * not: what a global function does the verifier follows once, however often it is called.
 */
__noinline __u32 unwind_rule(__u32 low, __u32 high, __u64 pc)
{
	struct unwind_range *range = NULL;
	struct unwind_row *row;
	__u32 middle, rule = UNWIND_UNKNOWN;
	__u64 place, rows;

	for (int step = 0; step < UNWIND_RANGE_STEPS && low < high; step++) {
		struct unwind_range *other;

		middle = (low + high) / 2;
		other = bpf_map_lookup_elem(&unwind_ranges, &middle);
		if (!other)
			return UNWIND_UNKNOWN;
		if (other->start > pc) {
			high = middle;
		} else {
			low = middle + 1;
			range = other;
		}
	}
	if (!range || pc >= range->end)
		return UNWIND_RULE_OUTSIDE;
	rows = *(volatile __u64 *)&range->rows;
	if (!rows) {
		if (range->is_wanted)
			return UNWIND_UNKNOWN;
		range->is_wanted = 1;
		return UNWIND_RULE_WANTED;
	}
	place = pc - range->bias;
	low = rows;
	high = low + (rows >> 32);
	for (int step = 0; step < UNWIND_ROW_STEPS && low < high; step++) {
		middle = (low + high) / 2;
		row = bpf_map_lookup_elem(&unwind_rows, &middle);
		if (!row)
			return UNWIND_UNKNOWN;
		if (row->place > place) {
			high = middle;
		} else {
			low = middle + 1;
			rule = row->rule;
		}
	}
	return rule;
}

#endif
