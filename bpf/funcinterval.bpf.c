// SPDX-License-Identifier: GPL-2.0
/*
 * How much time lies between two calls of a function, or two passings of a tracepoint or USDT
 * probe, as a distribution. Which is said when the tool runs.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "funcinterval.h"

#define HISTOGRAM_KEY __u32

#include "lib/elapsed.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/histogram.bpf.h"

const volatile struct funcinterval_config config;

/* When the place was passed the last time; 0: it was not. */
__u64 last_time;

struct series {
	__u64 thread; /* 0: all threads */
	__u64 place; /* by the number of its name; 0 where all are one */
};

/* The same by thread, by place, or by both. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct series);
	__type(value, __u64);
} last_times SEC(".maps");

/* Idle tasks have the same number on all CPUs. */
static __always_inline __u64 this_thread(void)
{
	__u64 thread = bpf_get_current_pid_tgid();

	return thread ? thread : (__u64)(bpf_get_smp_processor_id() + 1) << 32;
}

static __always_inline __u64 last_of_series(__u64 place, __u64 now)
{
	struct series series = {
		.thread = config.per_thread ? this_thread() : 0,
		.place = place,
	};
	__u64 before, *last = bpf_map_lookup_elem(&last_times, &series);

	if (!last) {
		if (bpf_map_update_elem(&last_times, &series, &now, BPF_NOEXIST))
			LEDGER_ADD(map_full);
		return 0;
	}
	before = *last;
	*last = now;
	return before;
}

static __always_inline int at_place(void *context)
{
	__u64 now, before, place;
	__u32 key;

	if (!current_passes(&config.trace.filter))
		return 0;
	now = bpf_ktime_get_ns();
	/* Kernels before 5.15 have no cookies, and one place there. */
	place = config.told_apart ? bpf_get_attach_cookie(context) : 0;
	if (config.per_thread || config.told_apart) {
		before = last_of_series(place, now);
	} else {
		before = last_time;
		last_time = now;
	}
	if (!before)
		return 0;
	now = elapsed(before, now) / config.divisor;
	key = place;
	if (config.per_place)
		histogram_add_keyed(&key, now);
	else
		histogram_add(now);
	return 0;
}

#include "lib/any_place.bpf.h"

char LICENSE[] SEC("license") = "GPL";
