/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * A distribution of values that grows by powers of two, each power divided in
 * four, so that percentiles are true to an eighth while the table shows the
 * powers alone; or by equal steps.
 */
#ifndef WIRE_HISTOGRAM_H
#define WIRE_HISTOGRAM_H

#include "wire.h"

/*
 * By powers: values below 4 have a bucket each; then four buckets to a power, up to
 * 2^32. By steps: the last bucket also has all beyond.
 */
#define HISTOGRAM_BUCKETS	124

/* What histograms of tasks are kept for. */
#define HISTOGRAM_OF_ALL	0
#define HISTOGRAM_PER_PROCESS	1
#define HISTOGRAM_PER_THREAD	2
#define HISTOGRAM_PER_NAMESPACE 3

struct histogram {
	__u64 sum;
	__u64 max;
	__u64 min_inverted; /* the greatest of all ~value; 0: there is none */
	char label[COMM_SIZE]; /* a name for the key, where the program has one */
	__u64 buckets[HISTOGRAM_BUCKETS];
};
_Static_assert(sizeof(struct histogram) == 1032, "layout is shared with Swift");

/*
 * A finer one, whose percentiles are true to one in a hundred: values below 2^7 have a bucket
 * each; then each power has 2^7 of them, up to 2^40. The last one also has all beyond.
 */
#define FINE_BITS    7
#define FINE_POWERS  33
#define FINE_BUCKETS 4352
_Static_assert(FINE_BUCKETS == (FINE_POWERS + 1) << FINE_BITS, "they belong together");

#endif
