/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_SOFTIRQSLOWER_H
#define BPF_SOFTIRQSLOWER_H

#include "wire.h"

/* What took so long: from the raising to the begin, or from the begin to the end. */
#define SOFTIRQ_WAIT 0
#define SOFTIRQ_RUN  1

struct softirqslower_config {
	struct trace_config trace;
	__u64 min_us; /* what takes more than this is reported */
	__u32 one_cpu; /* only this one is traced */
	__u32 cpu;
};
_Static_assert(sizeof(struct softirqslower_config) == 112, "layout is shared with Swift");

struct softirqslower_event {
	struct event_header header; /* the task that runs on the CPU */
	__u64 latency_ns;
	__u32 vector;
	__u32 stage;
};
_Static_assert(sizeof(struct softirqslower_event) == 72, "layout is shared with Swift");

#endif
