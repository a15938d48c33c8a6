/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_CPUFREQ_H
#define BPF_CPUFREQ_H

#include "wire.h"

#define CPUFREQ_CPUS 1024

/* The width of a bucket, in MHz. */
#define CPUFREQ_STEP 200

struct cpufreq_config {
	struct trace_config trace;
};
_Static_assert(sizeof(struct cpufreq_config) == 96, "layout is shared with Swift");

/* In kHz, by CPU; 0 where it is not known. */
struct cpufreq_table {
	__u32 khz[CPUFREQ_CPUS];
};
_Static_assert(sizeof(struct cpufreq_table) == 4096, "layout is shared with Swift");

struct cpufreq_key {
	__u32 of_command; /* 0: of all tasks */
	char comm[COMM_SIZE];
};
_Static_assert(sizeof(struct cpufreq_key) == 20, "layout is shared with Swift");

#endif
