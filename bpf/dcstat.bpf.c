// SPDX-License-Identifier: GPL-2.0
/* Names that are looked up in the dentry cache, and how many it does not have. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "dcstat.h"
#include "lib/atomic.bpf.h"
#include "lib/ledger.bpf.h"

const volatile struct dcstat_config config;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct lookup_counts);
} samples SEC(".maps");

static __always_inline void looks_up(struct qstr *name, bool is_slow)
{
	__u32 zero = 0;
	struct lookup_counts *counts = bpf_map_lookup_elem(&samples, &zero);

	if (!counts)
		return;
	ATOMIC_ADD(&counts->references, 1);
	if (is_slow)
		ATOMIC_ADD(&counts->slow, 1);
}

static __always_inline void misses(struct qstr *name)
{
	__u32 zero = 0;
	struct lookup_counts *counts = bpf_map_lookup_elem(&samples, &zero);

	if (counts)
		ATOMIC_ADD(&counts->misses, 1);
}

#include "lib/dcache.bpf.h"

char LICENSE[] SEC("license") = "GPL";
