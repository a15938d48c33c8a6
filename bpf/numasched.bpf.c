// SPDX-License-Identifier: GPL-2.0
/* Tasks that get a CPU of another NUMA node than before. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "numasched.h"
#include "lib/events.bpf.h"
#include "lib/field.bpf.h"
#include "lib/filter.bpf.h"

const volatile struct numasched_config config;

/*
 * Where each thread ran last, until it ends. That of an evicted entry is not known, so its
 * next move is not reported.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, struct task_place);
} places SEC(".maps");

static __noinline int report(struct task_struct *task, struct task_place *from,
			     struct task_place *to)
{
	struct numasched_event event = {};

	if (!from || !to)
		return 0;
	event.from = *from;
	event.to = *to;
	LEDGER_ADD(seen);
	fill_task_header(&config.trace, &event.header, task);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

static __always_inline int gets_cpu(struct task_struct *next, const bool typed)
{
	struct task_place place = {}, *before;
	__u32 tid = FIELD(next, pid);

	if (!tid || !task_passes(&config.trace.filter, next, typed))
		return 0;
	place.node = bpf_get_numa_node_id();
	place.cpu = bpf_get_smp_processor_id();
	before = bpf_map_lookup_elem(&places, &tid);
	if (!before) {
		if (bpf_map_update_elem(&places, &tid, &place, BPF_ANY))
			LEDGER_ADD(map_full);
		return 0;
	}
	if (before->node != place.node || (config.cpus && before->cpu != place.cpu))
		report(next, before, &place);
	*before = place;
	return 0;
}

/* Its number is soon that of another. */
static __always_inline void leaves_cpu(struct task_struct *prev, const bool typed)
{
	__u32 tid = FIELD(prev, pid);

	if (task_state(prev) & TASK_DEAD)
		bpf_map_delete_elem(&places, &tid);
}

#define SWITCH_HOOK(KIND, TYPED)                                              \
	SEC(#KIND "/sched_switch")                                            \
	int BPF_PROG(KIND##_switch, bool preempted, struct task_struct *prev, \
		     struct task_struct *next)                                \
	{                                                                     \
		leaves_cpu(prev, TYPED);                                      \
		return gets_cpu(next, TYPED);                                 \
	}

SWITCH_HOOK(tp_btf, true)
SWITCH_HOOK(raw_tp, false)

char LICENSE[] SEC("license") = "GPL";
