// SPDX-License-Identifier: GPL-2.0
/* Soft interrupts that wait long or run long. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "softirqslower.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"

const volatile struct softirqslower_config config;

#define MAX_VECTORS 32 /* as many bits as the kernel has for them */

struct softirq {
	__u64 raised; /* the first time since it ran last; 0: it was not */
	__u64 began; /* 0: it does not run */
};

/* By vector. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MAX_VECTORS);
	__type(key, __u32);
	__type(value, struct softirq);
} softirqs SEC(".maps");

static __noinline int report(__u32 vector, __u32 stage, __u64 nanoseconds)
{
	struct softirqslower_event event = {
		.latency_ns = nanoseconds,
		.vector = vector,
		.stage = stage,
	};

	if (config.trace.filter.enabled && !current_passes(&config.trace.filter))
		return 0;
	LEDGER_ADD(seen);
	fill_header(&config.trace, &event.header);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

static __always_inline struct softirq *softirq_here(__u32 vector)
{
	if (config.one_cpu && bpf_get_smp_processor_id() != config.cpu)
		return NULL;
	return bpf_map_lookup_elem(&softirqs, &vector);
}

static __always_inline bool is_slow(__u64 since, __u64 now)
{
	return since && now > since && (!config.min_us || (now - since) / 1000 > config.min_us);
}

/* One that is raised again before it runs waits since the first time. */
static __always_inline int raised(__u32 vector)
{
	struct softirq *softirq = softirq_here(vector);

	if (softirq && !softirq->raised)
		softirq->raised = bpf_ktime_get_ns();
	return 0;
}

static __always_inline int begins(__u32 vector)
{
	struct softirq *softirq = softirq_here(vector);
	__u64 now = bpf_ktime_get_ns(), since;

	if (!softirq)
		return 0;
	since = softirq->raised;
	/* While it runs, it may be raised for the next time. */
	softirq->raised = 0;
	softirq->began = now;
	return is_slow(since, now) ? report(vector, SOFTIRQ_WAIT, now - since) : 0;
}

static __always_inline int ends(__u32 vector)
{
	struct softirq *softirq = softirq_here(vector);
	__u64 now = bpf_ktime_get_ns(), since;

	if (!softirq)
		return 0;
	since = softirq->began;
	softirq->began = 0;
	return is_slow(since, now) ? report(vector, SOFTIRQ_RUN, now - since) : 0;
}

#define SOFTIRQ_HOOK(KIND, NAME, BODY)                   \
	SEC(#KIND "/softirq_" #NAME)                     \
	int BPF_PROG(KIND##_##NAME, unsigned int vector) \
	{                                                \
		return BODY(vector);                     \
	}

#define SOFTIRQ_HOOKS(KIND)               \
	SOFTIRQ_HOOK(KIND, raise, raised) \
	SOFTIRQ_HOOK(KIND, entry, begins) \
	SOFTIRQ_HOOK(KIND, exit, ends)

SOFTIRQ_HOOKS(tp_btf)
SOFTIRQ_HOOKS(raw_tp)

char LICENSE[] SEC("license") = "GPL";
