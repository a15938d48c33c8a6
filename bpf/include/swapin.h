/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_SWAPIN_H
#define BPF_SWAPIN_H

#include "wire.h"

struct swapin_config {
	struct trace_config trace;
	__u32 page_shift;
	__u32 padding;
};
_Static_assert(sizeof(struct swapin_config) == 104, "layout is shared with Swift");

struct swapin_key {
	__u32 pid;
	char comm[COMM_SIZE];
};
_Static_assert(sizeof(struct swapin_key) == 20, "layout is shared with Swift");

struct swapin_totals {
	__u64 count;
	__u64 pages;
};
_Static_assert(sizeof(struct swapin_totals) == 16, "layout is shared with Swift");

#endif
