// SPDX-License-Identifier: GPL-2.0
/* References to the cache and misses of it, by the task that runs at each so many of them. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "llcstat.h"

#define TOTALS_KEY   struct llcstat_key
#define TOTALS_VALUE struct llcstat_totals

#include "lib/filter.bpf.h"
#include "lib/totals.bpf.h"

const volatile struct llcstat_config config;

static __always_inline struct llcstat_totals *sampled_totals(void)
{
	__u64 ids = current_ids(config.trace.pid_namespace);
	struct llcstat_key key = {
		.pid = ids >> 32,
		.tid = config.per_thread ? (__u32)ids : 0,
		.cpu = bpf_get_smp_processor_id(),
	};

	if (!current_passes(&config.trace.filter))
		return NULL;
	bpf_get_current_comm(key.comm, sizeof(key.comm));
	return totals_of(&key);
}

SEC("perf_event")
int references(void *context)
{
	struct llcstat_totals *totals = sampled_totals();

	if (totals)
		ATOMIC_ADD(&totals->references, 1);
	return 0;
}

SEC("perf_event")
int misses(void *context)
{
	struct llcstat_totals *totals = sampled_totals();

	if (totals)
		ATOMIC_ADD(&totals->misses, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
