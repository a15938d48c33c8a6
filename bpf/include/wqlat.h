/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_WQLAT_H
#define BPF_WQLAT_H

#include "wire.h"

#define WORKQUEUE_NAME_SIZE  32
#define WORKQUEUE_NAME_WORDS 4

/* The rest of its bytes is 0. */
struct wqlat_key {
	char name[WORKQUEUE_NAME_SIZE];
};
_Static_assert(sizeof(struct wqlat_key) == WORKQUEUE_NAME_WORDS * 8, "compared by words");

struct wqlat_config {
	struct trace_config trace;
	__u32 per_queue;
	__u32 one_queue; /* only the one of this name is traced */
	__u64 divisor; /* of nanoseconds, of what is in the histograms */
	struct wqlat_key queue;
};
_Static_assert(sizeof(struct wqlat_config) == 144, "layout is shared with Swift");

#endif
