/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Distributions kept in the kernel: one for all, a copy for each CPU, or one
 * for each key. Include it after defining HISTOGRAM_KEY, the type of the key, and
 * HISTOGRAM_STEP where the buckets are linear: how many values each has; and
 * HISTOGRAM_SET where another variable says which set is written.
 *
 * There are two sets. The reader turns the programs to the other one, waits for
 * those that are running, and then has a set that nobody writes: nothing is
 * counted twice or not at all between two intervals. What is in them was seen,
 * so the ledger's count of that has only what found no room.
 */
#ifndef LIB_HISTOGRAM_BPF_H
#define LIB_HISTOGRAM_BPF_H

#include "histogram.h"
#include <bpf/bpf_helpers.h>
#include "atomic.bpf.h"
#include "ledger.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct histogram);
} histogram_total SEC(".maps");

struct keyed_histograms {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* user space sets it where there are keys */
	__type(key, HISTOGRAM_KEY);
	__type(value, struct histogram);
};

struct keyed_histograms histograms_even SEC(".maps");
struct keyed_histograms histograms_odd SEC(".maps");

#ifndef HISTOGRAM_SET
/* Which set is written: 0 or 1. Set by the reader. */
__u32 histogram_set;

#define HISTOGRAM_SET histogram_set
#endif

static const struct histogram empty_histogram;

#ifdef HISTOGRAM_STEP

static __always_inline __u32 histogram_bucket(__u64 value)
{
	value /= HISTOGRAM_STEP;
	/* Else the value is compared, from which older kernels do not conclude on the bucket. */
	barrier_var(value);
	return value < HISTOGRAM_BUCKETS ? value : HISTOGRAM_BUCKETS - 1;
}

#else

/* The highest bit of a value that is not 0. */
static __always_inline __u32 highest_bit(__u32 value)
{
	__u32 bit = 0;

#define HIGHEST_BIT_STEP(BITS)       \
	if (value >= 1U << (BITS)) { \
		value >>= (BITS);    \
		bit += (BITS);       \
	}
	HIGHEST_BIT_STEP(16)
	HIGHEST_BIT_STEP(8)
	HIGHEST_BIT_STEP(4)
	HIGHEST_BIT_STEP(2)
	HIGHEST_BIT_STEP(1)
#undef HIGHEST_BIT_STEP
	return bit;
}

static __always_inline __u32 histogram_bucket(__u64 value)
{
	__u32 small = value, bit;

	if (value >> 32)
		return HISTOGRAM_BUCKETS - 1;
	if (small < 4)
		return small;
	bit = highest_bit(small);
	return (bit - 1) * 4 + ((small >> (bit - 2)) & 3);
}

#endif

/* Two CPUs may race for the extremes; the reader holds them against the buckets. */
static __always_inline void histogram_count(struct histogram *histogram, __u32 bucket, __u64 value)
{
	ATOMIC_ADD(&histogram->buckets[bucket], 1);
	ATOMIC_ADD(&histogram->sum, value);
	if (value > histogram->max)
		histogram->max = value;
	if (~value > histogram->min_inverted)
		histogram->min_inverted = ~value;
}

/* Counts a value in this CPU's copy. */
static __always_inline void histogram_add(__u64 value)
{
	__u32 set = HISTOGRAM_SET & 1;
	struct histogram *histogram = bpf_map_lookup_elem(&histogram_total, &set);
	__u32 bucket = histogram_bucket(value);

	if (histogram && bucket < HISTOGRAM_BUCKETS)
		histogram_count(histogram, bucket, value);
}

static __always_inline struct histogram *histogram_of(void *histograms, const HISTOGRAM_KEY *key)
{
	struct histogram *histogram = bpf_map_lookup_elem(histograms, key);

	if (histogram)
		return histogram;
	/* Another CPU may have been faster, so the result says nothing. */
	bpf_map_update_elem(histograms, key, &empty_histogram, BPF_NOEXIST);
	return bpf_map_lookup_elem(histograms, key);
}

/* Counts a value under a key. All CPUs share the histogram, which is returned. */
static __always_inline struct histogram *histogram_add_keyed(const HISTOGRAM_KEY *key, __u64 value)
{
	struct histogram *histogram = HISTOGRAM_SET & 1 ? histogram_of(&histograms_odd, key)
							: histogram_of(&histograms_even, key);
	__u32 bucket = histogram_bucket(value);

	if (!histogram) {
		LEDGER_ADD(seen);
		LEDGER_ADD(map_full);
		return NULL;
	}
	if (bucket >= HISTOGRAM_BUCKETS)
		return NULL;
	histogram_count(histogram, bucket, value);
	return histogram;
}

#endif
