/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Distributions so fine that percentiles are true to one in a hundred. Include it after
 * defining FINE_HISTOGRAMS, how many there are.
 *
 * There are two sets, of which the reader turns the programs to the other one, as
 * histogram.bpf.h says. All CPUs share them: a copy for each would be large.
 */
#ifndef LIB_FINE_HISTOGRAM_BPF_H
#define LIB_FINE_HISTOGRAM_BPF_H

#include "histogram.h"
#include <bpf/bpf_helpers.h>
#include "atomic.bpf.h"

/* The buckets of one histogram, and the greatest value. */
#define FINE_SLOTS (FINE_BUCKETS + 1)

/* By set, histogram and bucket, in a plain array, as the tallies. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2 * FINE_HISTOGRAMS * FINE_SLOTS);
	__type(key, __u32);
	__type(value, __u64);
} fine_histograms SEC(".maps");

/* Which set is written: 0 or 1. Set by the reader. */
__u32 fine_set;

static __always_inline __u32 fine_bucket(__u64 value)
{
	__u32 power = 0;

	if (value >> (FINE_BITS + FINE_POWERS))
		return FINE_BUCKETS - 1;
	/* Until one bit more than FINE_BITS is left. */
	for (int step = 32; step > 0; step /= 2) {
		if (value >> (FINE_BITS + step)) {
			value >>= step;
			power += step;
		}
	}
	if (!(value >> FINE_BITS))
		return value;
	return ((power + 1) << FINE_BITS) + (value & ((1 << FINE_BITS) - 1));
}

static __always_inline void fine_count(__u32 histogram, __u64 value)
{
	__u32 first = ((fine_set & 1) * FINE_HISTOGRAMS + histogram) * FINE_SLOTS;
	__u32 bucket = first + fine_bucket(value), last = first + FINE_BUCKETS;
	__u64 *count = bpf_map_lookup_elem(&fine_histograms, &bucket);
	__u64 *greatest = bpf_map_lookup_elem(&fine_histograms, &last);

	if (count)
		ATOMIC_ADD(count, 1);
	/* Two CPUs may race for it; the reader holds it against the buckets. */
	if (greatest && value > *greatest)
		*greatest = value;
}

#endif
