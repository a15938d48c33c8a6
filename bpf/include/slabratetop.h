/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_SLABRATETOP_H
#define BPF_SLABRATETOP_H

#include "wire.h"

struct slabratetop_config {
	struct trace_config trace;
};
_Static_assert(sizeof(struct slabratetop_config) == 96, "layout is shared with Swift");

struct slabratetop_totals {
	__u64 allocations;
	__u32 size; /* of the room that each object takes */
	__u32 object_size; /* of the object in it */
	__u32 users; /* the caches that the kernel has merged into this one */
	__u32 padding;
	char name[64];
};
_Static_assert(sizeof(struct slabratetop_totals) == 88, "layout is shared with Swift");

#endif
