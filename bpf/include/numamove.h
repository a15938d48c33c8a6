/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_NUMAMOVE_H
#define BPF_NUMAMOVE_H

#include "histogram.h"
#include "wire.h"

struct numamove_config {
	struct trace_config trace;
	__u32 distribution; /* keep a histogram instead of totals */
	__u32 divisor; /* of nanoseconds, of what is in it */
};
_Static_assert(sizeof(struct numamove_config) == 104, "layout is shared with Swift");

struct numamove_key {
	__u32 cpu; /* so that no other one adds to the same totals */
};
_Static_assert(sizeof(struct numamove_key) == 4, "layout is shared with Swift");

struct numamove_totals {
	__u64 count;
	__u64 timed; /* of them */
	__u64 total_ns;
	__u64 max_ns;
	__u64 pages; /* that were moved */
	__u64 failed; /* that were not */
};
_Static_assert(sizeof(struct numamove_totals) == 48, "layout is shared with Swift");

#endif
