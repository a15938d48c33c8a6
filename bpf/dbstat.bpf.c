// SPDX-License-Identifier: GPL-2.0
/* How long queries take a database server, as a distribution. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "dbstat.h"

#define HISTOGRAM_KEY __u32

#include "lib/filter.bpf.h"
#include "lib/histogram.bpf.h"

const volatile struct dbstat_config config;

static __always_inline int report_query(__u64 text, __u64 duration_ns)
{
	histogram_add(duration_ns / config.divisor);
	return 0;
}

#include "lib/queries.bpf.h"

char LICENSE[] SEC("license") = "GPL";
