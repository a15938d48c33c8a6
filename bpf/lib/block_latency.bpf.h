/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long block requests took, for programs that need to know of them what the kernel
 * keeps in a request, and of their submitters no more than whether a filter wants them.
 */
#ifndef LIB_BLOCK_LATENCY_BPF_H
#define LIB_BLOCK_LATENCY_BPF_H

#include "atomic.bpf.h"
#include "block_starts.bpf.h"
#include "block_wanted.bpf.h"
#include "elapsed.bpf.h"

/* Requests that were left out because nobody knows when they began. */
__u64 requests_without_start;

/* When a request began, by one of BLOCK_FROM_...; 0 where nobody knows. */
static __always_inline __u64 request_start(struct request *request, __u32 from, const bool typed)
{
	if (from != BLOCK_FROM_ALLOCATION)
		return request_began(request, from == BLOCK_FROM_QUEUEING, typed);
	return bpf_core_field_exists(request->alloc_time_ns) ? FIELD(request, alloc_time_ns) : 0;
}

/* To be called where a request, or a part of it, is done. Says whether it counts. */
static __always_inline bool block_took(const volatile struct trace_config *trace,
				       const volatile struct disk_filter *filter, __u32 from,
				       struct request *request, unsigned int bytes,
				       __u64 *nanoseconds, const bool typed)
{
	struct bio *bio = FIELD(request, bio);
	__u64 start, now;

	if ((trace->filter.enabled && !bio_is_wanted(bio)) ||
	    !request_is_done(request, bytes, typed))
		return false;
	if (trace->filter.enabled)
		forget_bio(bio);
	start = request_start(request, from, typed);
	if (filter->enabled &&
	    !disk_passes(filter, disk_number(request_disk(request, typed), typed)))
		return false;
	if (!start) {
		ATOMIC_ADD(&requests_without_start, 1);
		return false;
	}
	now = bpf_ktime_get_ns();
	/* The kernel may stamp with a time that it keeps for a batch. */
	*nanoseconds = elapsed(start, now);
	return true;
}

/* What a tool does at the other hooks. */
#define BLOCK_LATENCY(TRACE, FROM)                                                         \
	static __always_inline int report_bio(struct bio *bio, const bool typed)           \
	{                                                                                  \
		filter_bio(&(TRACE).filter, bio);                                          \
		return 0;                                                                  \
	}                                                                                  \
                                                                                           \
	static __always_inline int report_issue(struct request *request, const bool typed) \
	{                                                                                  \
		if ((TRACE).filter.enabled && !bio_is_wanted(FIELD(request, bio)))         \
			return 0;                                                          \
		/* The time of queueing is nearly always in the request. */                \
		if ((FROM) != BLOCK_FROM_ISSUE && FIELD(request, start_time_ns))           \
			return 0;                                                          \
		request_issued(request, typed);                                            \
		return 0;                                                                  \
	}

#endif
