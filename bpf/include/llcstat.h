/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_LLCSTAT_H
#define BPF_LLCSTAT_H

#include "wire.h"

struct llcstat_config {
	struct trace_config trace;
	__u32 per_thread;
	__u32 padding;
};
_Static_assert(sizeof(struct llcstat_config) == 104, "layout is shared with Swift");

struct llcstat_key {
	__u32 pid;
	__u32 tid; /* 0 where threads are not told apart */
	__u32 cpu;
	__u32 padding;
	char comm[COMM_SIZE];
};
_Static_assert(sizeof(struct llcstat_key) == 32, "layout is shared with Swift");

/* Samples, each of which stands for a number of events. */
struct llcstat_totals {
	__u64 references;
	__u64 misses;
};
_Static_assert(sizeof(struct llcstat_totals) == 16, "layout is shared with Swift");

#endif
