// SPDX-License-Identifier: GPL-2.0
/* Tasks in which the kernel compacts memory, when that is done. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "compactsnoop.h"
#include "lib/compaction.bpf.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/free_pages.bpf.h"
#include "lib/kernel_read.bpf.h"
#include "lib/stack_event.bpf.h"

/* More than any kernel has (MAX_PAGE_ORDER is 10, and at most 15 on arm64). */
#define ORDERS 16

const volatile struct compactsnoop_config config;

struct wanted_block {
	struct zone *zone;
	int order;
};

/* What a thread was asked last whether it is worth compacting, where the begin has none. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct wanted_block);
} wanted_blocks SEC(".maps");

struct compaction {
	__u64 began;
	struct compacted_zone zone;
};

/* By thread. It ends in the kernel, so each of them is taken out again. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct compaction);
} compactions SEC(".maps");

/* Too large for a program's own stack. */
struct compaction_record {
	struct compactsnoop_event event;
	struct stack_tail stacks;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct compaction_record);
} scratch SEC(".maps");

/*
 * How much of a failure to find a free block would be due to fragmentation, as the kernel
 * counts it: near 0 memory is short, near 1000 it is in pieces. -1000: there is a block.
 */
static __noinline int fragmentation_index(struct zone *zone, __u32 order)
{
	const __u64 size = bpf_core_type_size(struct free_area);
	void *areas = (void *)zone + bpf_core_field_offset(struct zone, free_area) +
		      bpf_core_field_offset(struct free_area, nr_free);
	__u32 count = bpf_core_field_size(struct zone, free_area) / size;
	__u64 pages = 0, blocks = 0;

#pragma clang loop unroll(disable)
	for (__u32 index = 0; index < ORDERS; index++) {
		unsigned long number = 0;

		if (index >= count)
			break;
		bpf_probe_read_kernel(&number, sizeof(number), areas + index * size);
		if (number && index >= order)
			return -1000;
		blocks += number;
		pages += number << index;
	}
	if (!blocks)
		return 0;
	return 1000 - (int)((1000 + (pages * 1000 >> (order & 63))) / blocks);
}

static __noinline int describe_zone(struct compacted_zone *described, struct zone *zone, int order)
{
	unsigned long marks[3] = {}, boost;

	if (!described)
		return 0;
	bpf_probe_read_kernel_str(described->name, sizeof(described->name),
				  KERNEL_READ(zone, name));
	described->node = KERNEL_READ(zone, zone_pgdat, node_id);
	described->order = order;
	described->fragmentation = NOT_FRAGMENTED;
	boost = KERNEL_READ(zone, watermark_boost);
	bpf_probe_read_kernel(marks, sizeof(marks),
			      (void *)zone + bpf_core_field_offset(struct zone, _watermark));
	described->min_pages = marks[0] + boost;
	described->low_pages = marks[1] + boost;
	described->high_pages = marks[2] + boost;
	described->free_pages = zone_free_pages(zone);
	if (order >= 0)
		described->fragmentation = fragmentation_index(zone, order);
	return 0;
}

static __noinline int note_wanted(struct zone *zone, int order)
{
	struct wanted_block wanted = { .zone = zone, .order = order };
	__u32 tid = bpf_get_current_pid_tgid();

	if (current_passes(&config.trace.filter))
		bpf_map_update_elem(&wanted_blocks, &tid, &wanted, BPF_ANY);
	return 0;
}

static __noinline int begin_compaction(struct compact_control *control)
{
	struct compaction compaction = {};
	__u32 tid = bpf_get_current_pid_tgid();
	struct zone *zone = NULL;
	int order = -1;

	if (!current_passes(&config.trace.filter))
		return 0;
	if (control) {
		zone = KERNEL_READ(control, zone);
		order = KERNEL_READ(control, order);
	} else {
		struct wanted_block *wanted = bpf_map_lookup_elem(&wanted_blocks, &tid);

		if (wanted) {
			zone = wanted->zone;
			order = wanted->order;
		}
	}
	if (zone)
		describe_zone(&compaction.zone, zone, order);
	compaction.began = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&compactions, &tid, &compaction, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

static __always_inline int end_compaction(void *context, __u32 is_sync, __u32 result)
{
	__u64 now = bpf_ktime_get_ns();
	__u32 tid = bpf_get_current_pid_tgid(), zero = 0, size = 0;
	struct compaction *compaction = bpf_map_lookup_elem(&compactions, &tid);
	struct compaction_record *record = bpf_map_lookup_elem(&scratch, &zero);
	struct compactsnoop_event event = { .is_sync = is_sync, .result = result };

	if (!compaction || !record)
		return 0;
	event.latency_ns = now - compaction->began;
	event.zone = compaction->zone;
	bpf_map_delete_elem(&compactions, &tid);
	fill_header(&config.trace, &event.header);
	LEDGER_ADD(seen);
	record->event = event;
	if (config.stacks.kernel || config.stacks.user)
		size = take_stack_tail(context, &config.stacks, &record->stacks,
				       &record->event.stacks);
	emit(&config.trace, record, sizeof(event) + size);
	return 0;
}

#define COMPACTION_HOOKS(KIND)                                                                  \
	SEC(#KIND "/mm_compaction_suitable")                                                    \
	int KIND##_suitable(__u64 *args)                                                        \
	{                                                                                       \
		return note_wanted((struct zone *)args[0], args[1]);                            \
	}                                                                                       \
                                                                                                \
	SEC(#KIND "/mm_compaction_begin")                                                       \
	int KIND##_begin(__u64 *args)                                                           \
	{                                                                                       \
		if (compaction_has_control())                                                   \
			return begin_compaction(ARGUMENT(struct compact_control *, args, 0));   \
		return begin_compaction(NULL);                                                  \
	}                                                                                       \
                                                                                                \
	SEC(#KIND "/mm_compaction_end")                                                         \
	int KIND##_end(__u64 *args)                                                             \
	{                                                                                       \
		return end_compaction(args, compaction_is_sync(args), compaction_result(args)); \
	}

COMPACTION_HOOKS(tp_btf)
COMPACTION_HOOKS(raw_tp)

char LICENSE[] SEC("license") = "GPL";
