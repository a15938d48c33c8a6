/* SPDX-License-Identifier: GPL-2.0 */
/* When block requests began. */
#ifndef LIB_BLOCK_STARTS_BPF_H
#define LIB_BLOCK_STARTS_BPF_H

#include "block.bpf.h"
#include "ledger.bpf.h"

/*
 * When a request began that does not carry its own time; 0 between two. The kernel
 * uses the same few requests again and again, and to find an entry costs a third of
 * what it costs to make and to remove it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct request *);
	__type(value, __u64);
} request_starts SEC(".maps");

/*
 * Does the queue write the time of issue into its requests? It does while
 * something wants statistics: writeback throttling, a latency target, the
 * scheduler (block/blk-stat.c).
 */
static __always_inline bool queue_stamps(struct request *request, const bool typed)
{
	struct request_queue *queue = FIELD(request, q);
	struct blk_queue_stats *stats = FIELD(queue, stats);

	return FIELD(stats, callbacks.next) != &stats->callbacks || queue_accounts(stats, typed);
}

/* Remembers the issue of a request, unless the kernel itself does. */
static __always_inline void request_issued(struct request *request, const bool typed)
{
	__u64 now, *kept;

	if ((FIELD(request, cmd_flags) & REQ_OP_MASK) < REQ_OP_PASSTHROUGH &&
	    queue_stamps(request, typed))
		return;
	kept = bpf_map_lookup_elem(&request_starts, &request);
	now = bpf_ktime_get_ns();
	if (kept)
		*kept = now;
	else if (bpf_map_update_elem(&request_starts, &request, &now, BPF_ANY))
		LEDGER_ADD(map_full);
}

/* When a request began, or 0 where nobody saw it; forgets it. */
static __always_inline __u64 request_began(struct request *request, bool from_queueing,
					   const bool typed)
{
	__u64 start =
		from_queueing ? FIELD(request, start_time_ns) : FIELD(request, io_start_time_ns);
	__u64 *kept;

	if (start)
		return start;
	kept = bpf_map_lookup_elem(&request_starts, &request);
	if (!kept)
		return 0;
	start = *kept;
	*kept = 0;
	return start;
}

#endif
