// SPDX-License-Identifier: GPL-2.0
/*
 * Collections of garbage in Java machines, by the probes that HotSpot declares. A collection
 * begins in all its pools, one after the other, and ends in them in the same order; in which
 * thread it does so, a whole one begins and ends too.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "javagc.h"
#include "lib/collections.bpf.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"

const volatile struct javagc_config config;

static __always_inline int begin_collection(bool is_pool)
{
	if (current_passes(&config.trace.filter))
		collection_opens(is_pool, is_pool);
	return 0;
}

static __always_inline int end_collection(bool is_pool)
{
	struct javagc_event *event;
	__u64 duration_ns;

	if (!collection_closes(is_pool, &duration_ns) || duration_ns < config.least_ns)
		return 0;
	event = begin_event(&config.trace, sizeof(*event));
	if (!event)
		return 0;
	event->duration_ns = duration_ns;
	event->is_pool = is_pool;
	submit_event(&config.trace, event, sizeof(*event));
	return 0;
}

SEC("uprobe")
int pool_begins(struct pt_regs *regs)
{
	return begin_collection(true);
}

SEC("uprobe")
int pool_ends(struct pt_regs *regs)
{
	return end_collection(true);
}

SEC("uprobe")
int collection_begins(struct pt_regs *regs)
{
	return begin_collection(false);
}

SEC("uprobe")
int collection_ends(struct pt_regs *regs)
{
	return end_collection(false);
}

char LICENSE[] SEC("license") = "GPL";
