/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_PIDPERSEC_H
#define BPF_PIDPERSEC_H

#include "wire.h"

struct pidpersec_config {
	struct trace_config trace;
};
_Static_assert(sizeof(struct pidpersec_config) == 96, "layout is shared with Swift");

/* What each CPU has counted since the start. */
struct pid_counts {
	__u64 processes;
	__u64 threads; /* further ones of a process */
};
_Static_assert(sizeof(struct pid_counts) == 16, "layout is shared with Swift");

#endif
