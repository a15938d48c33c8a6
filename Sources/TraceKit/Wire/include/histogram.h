/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * A distribution of values that grows by powers of two, each power divided in
 * four, so that percentiles are true to an eighth while the table shows the
 * powers alone.
 */
#ifndef WIRE_HISTOGRAM_H
#define WIRE_HISTOGRAM_H

#include "wire.h"

/* Values below 4 have a bucket each; then four buckets to a power, up to 2^32. */
#define HISTOGRAM_BUCKETS 124

struct histogram {
	__u64 sum;
	__u64 max;
	char label[COMM_SIZE]; /* a name for the key, where the program has one */
	__u64 buckets[HISTOGRAM_BUCKETS];
};
_Static_assert(sizeof(struct histogram) == 1024, "layout is shared with Swift");

#endif
