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
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"

/* More pools than a machine has; a power of two. */
#define MOST_OPEN 16

const volatile struct javagc_config config;

struct collector {
	__u64 thread; /* process and thread */
	__u64 is_pool;
};

struct collections {
	__u32 begun;
	__u32 ended;
	__u64 begins[MOST_OPEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct collector);
	__type(value, struct collections);
} open_collections SEC(".maps");

static __always_inline int begin_collection(bool is_pool)
{
	static const struct collections none;
	struct collector collector = {
		.thread = bpf_get_current_pid_tgid(),
		.is_pool = is_pool,
	};
	struct collections *open;

	if (!current_passes(&config.trace.filter))
		return 0;
	open = bpf_map_lookup_elem(&open_collections, &collector);
	if (!open) {
		if (bpf_map_update_elem(&open_collections, &collector, &none, BPF_ANY))
			LEDGER_ADD(map_full);
		open = bpf_map_lookup_elem(&open_collections, &collector);
		if (!open)
			return 0;
	}
	/* What began anew has ended, seen or not. */
	if (open->ended || open->begun >= MOST_OPEN) {
		open->begun = 0;
		open->ended = 0;
	}
	open->begins[open->begun & (MOST_OPEN - 1)] = bpf_ktime_get_ns();
	open->begun++;
	return 0;
}

static __always_inline int end_collection(bool is_pool)
{
	struct collector collector = {
		.thread = bpf_get_current_pid_tgid(),
		.is_pool = is_pool,
	};
	struct collections *open = bpf_map_lookup_elem(&open_collections, &collector);
	struct javagc_event *event;
	__u64 now = bpf_ktime_get_ns(), began;

	if (!open || open->ended >= open->begun)
		return 0;
	began = open->begins[open->ended & (MOST_OPEN - 1)];
	open->ended++;
	now = now > began ? now - began : 0;
	if (now < config.least_ns)
		return 0;
	event = begin_event(&config.trace, sizeof(*event));
	if (!event)
		return 0;
	event->duration_ns = now;
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
