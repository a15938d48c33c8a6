// SPDX-License-Identifier: GPL-2.0
/* Tasks that have to free memory before they get some, when that is done. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "drsnoop.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/free_pages.bpf.h"

const volatile struct drsnoop_config config;

struct reclaim {
	__u64 began;
	__u64 free_pages;
	__u32 order;
	__u32 scope;
};

/* By thread. It ends in the kernel, so each of them is taken out again. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct reclaim);
} reclaims SEC(".maps");

static __noinline int begin_reclaim(__u32 order, __u32 scope)
{
	struct reclaim reclaim = { .order = order, .scope = scope };
	__u32 tid = bpf_get_current_pid_tgid();

	if (!current_passes(&config.trace.filter))
		return 0;
	reclaim.free_pages = free_pages(config.nodes);
	reclaim.began = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&reclaims, &tid, &reclaim, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

static __noinline int end_reclaim(__u64 pages, __u32 scope)
{
	__u64 now = bpf_ktime_get_ns();
	__u32 tid = bpf_get_current_pid_tgid();
	struct drsnoop_event event = { .pages = pages, .scope = scope };
	struct reclaim *reclaim = bpf_map_lookup_elem(&reclaims, &tid);

	if (!reclaim || reclaim->scope != scope)
		return 0;
	event.latency_ns = now - reclaim->began;
	event.free_pages = reclaim->free_pages;
	event.order = reclaim->order;
	bpf_map_delete_elem(&reclaims, &tid);
	fill_header(&config.trace, &event.header);
	LEDGER_ADD(seen);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

#define RECLAIM_HOOKS(KIND, NAME, SCOPE)              \
	SEC(#KIND "/mm_vmscan_" #NAME "_begin")       \
	int KIND##_##NAME##_begin(__u64 *args)        \
	{                                             \
		return begin_reclaim(args[0], SCOPE); \
	}                                             \
                                                      \
	SEC(#KIND "/mm_vmscan_" #NAME "_end")         \
	int KIND##_##NAME##_end(__u64 *args)          \
	{                                             \
		return end_reclaim(args[0], SCOPE);   \
	}

RECLAIM_HOOKS(tp_btf, direct_reclaim, RECLAIM_OF_ALL)
RECLAIM_HOOKS(raw_tp, direct_reclaim, RECLAIM_OF_ALL)
RECLAIM_HOOKS(tp_btf, memcg_reclaim, RECLAIM_OF_GROUP)
RECLAIM_HOOKS(raw_tp, memcg_reclaim, RECLAIM_OF_GROUP)

char LICENSE[] SEC("license") = "GPL";
