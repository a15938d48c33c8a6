/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long something runs on a CPU that nothing of its own kind can interrupt there. Include
 * it after declaring config, with a span_config as span, and defining SPAN_KEY, a struct with
 * a number of 32 bits and a cpu, and TOTALS_NUMBERS where all numbers are below that.
 *
 * A span is open from its begin to its end and not longer: an end whose begin was not seen,
 * such as the first after the programs were attached, measures nothing.
 */
#ifndef LIB_SPANS_BPF_H
#define LIB_SPANS_BPF_H

#include "spans.h"
#include <bpf/bpf_helpers.h>
#include "filter.bpf.h"

#define HISTOGRAM_KEY SPAN_KEY
#define TOTALS_KEY    SPAN_KEY
#define TOTALS_VALUE  struct span_totals

#include "histogram.bpf.h"
#include "totals.bpf.h"

struct open_span {
	__u64 began; /* 0: none is open */
	__u32 number;
	__u32 padding;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct open_span);
} open_spans SEC(".maps");

static __always_inline int begin_span(__u32 number)
{
	__u32 zero = 0;
	struct open_span *span = bpf_map_lookup_elem(&open_spans, &zero);

	if (!span)
		return 0;
	span->began = 0;
	if (config.span.one_cpu && bpf_get_smp_processor_id() != config.span.cpu)
		return 0;
	/* The running task is the one that is interrupted. */
	if (config.trace.filter.enabled && !current_passes(&config.trace.filter))
		return 0;
	span->number = number;
	span->began = bpf_ktime_get_ns();
	return 0;
}

/* How long the span was open that ends here; 0: none was. */
static __always_inline __u64 end_span(__u32 number)
{
	__u64 now = bpf_ktime_get_ns(), began;
	__u32 zero = 0;
	struct open_span *span = bpf_map_lookup_elem(&open_spans, &zero);

	if (!span)
		return 0;
	began = span->began;
	span->began = 0;
	if (!began || span->number != number)
		return 0;
	return now > began ? now - began : 1;
}

static __always_inline int count_span(SPAN_KEY *key, __u64 nanoseconds)
{
	struct span_totals *totals;

	if (config.span.distribution) {
		if (config.span.per_cpu)
			key->cpu = bpf_get_smp_processor_id();
		histogram_add_keyed(key, nanoseconds / config.span.divisor);
		return 0;
	}
	/* Each CPU has its own, so that none waits for another. */
#ifdef TOTALS_NUMBERS
	totals = totals_at(key->number);
#else
	key->cpu = bpf_get_smp_processor_id();
	totals = totals_of(key);
#endif
	if (!totals)
		return 0;
	ATOMIC_ADD(&totals->count, 1);
	ATOMIC_ADD(&totals->total_ns, nanoseconds);
	if (nanoseconds > totals->max_ns)
		totals->max_ns = nanoseconds;
	return 0;
}

#endif
