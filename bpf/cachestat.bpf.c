// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that are asked of the page cache, brought into it and dirtied there. What
 * is asked and was not brought was found.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "cachestat.h"
#include "lib/filter.bpf.h"
#include "lib/ledger.bpf.h"

const volatile struct cachestat_config config;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct page_counts);
} samples SEC(".maps");

static __always_inline struct page_counts *counts_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&samples, &zero);
}

#include "lib/page_cache_functions.bpf.h"
#include "lib/page_cache.bpf.h"

char LICENSE[] SEC("license") = "GPL";
