/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* How often something happened, and how long it took in all. */
#ifndef WIRE_TALLY_H
#define WIRE_TALLY_H

#include "wire.h"

struct tally {
	__u64 count;
	__u64 total_ns;
};
_Static_assert(sizeof(struct tally) == 16, "layout is shared with Swift");

/* The same of a process. */
struct process_tally {
	struct tally tally;
	char comm[COMM_SIZE];
};
_Static_assert(sizeof(struct process_tally) == 32, "layout is shared with Swift");

#endif
