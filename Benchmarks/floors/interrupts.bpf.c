// SPDX-License-Identifier: GPL-2.0
/* How long soft interrupts run, and how long work waits in a queue. */
#include "floor.bpf.h"

struct span {
	__u64 raised;
	__u64 began;
	__u64 total;
	__u64 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 32);
	__type(key, __u32);
	__type(value, struct span);
} spans SEC(".maps");

SEC("tp_btf/softirq_entry")
int BPF_PROG(softirq_begins, unsigned int vector)
{
	struct span *span = bpf_map_lookup_elem(&spans, &vector);

	if (span)
		span->began = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/softirq_exit")
int BPF_PROG(softirq_ends, unsigned int vector)
{
	struct span *span = bpf_map_lookup_elem(&spans, &vector);

	if (span && span->began) {
		span->total += bpf_ktime_get_ns() - span->began;
		span->count++;
		span->began = 0;
	}
	return 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u64);
} queued SEC(".maps");

SEC("tp_btf/workqueue_queue_work")
int BPF_PROG(work_queued, int cpu, void *pool, void *work)
{
	__u64 address = (__u64)work, now = bpf_ktime_get_ns();

	bpf_map_update_elem(&queued, &address, &now, BPF_ANY);
	return 0;
}

SEC("tp_btf/workqueue_execute_start")
int BPF_PROG(work_begins, void *work)
{
	__u64 address = (__u64)work, *since = bpf_map_lookup_elem(&queued, &address);

	if (since) {
		distribute((bpf_ktime_get_ns() - *since) / 1000);
		bpf_map_delete_elem(&queued, &address);
	}
	return 0;
}

struct slow_interrupt {
	struct who who;
	__u64 nanoseconds;
	__u32 vector;
	__u32 padding;
};

SEC("tp_btf/softirq_raise")
int BPF_PROG(softirq_raised, unsigned int vector)
{
	struct span *span = bpf_map_lookup_elem(&spans, &vector);

	if (span && !span->raised)
		span->raised = bpf_ktime_get_ns();
	return 0;
}

static __always_inline void report_slow(unsigned int vector, __u64 nanoseconds)
{
	struct slow_interrupt slow = { .nanoseconds = nanoseconds, .vector = vector };

	if (nanoseconds < 10000000)
		return;
	describe(&slow.who);
	emit(&slow, sizeof(slow));
}

SEC("tp_btf/softirq_entry")
int BPF_PROG(slow_softirq_begins, unsigned int vector)
{
	struct span *span = bpf_map_lookup_elem(&spans, &vector);
	__u64 raised;

	if (!span)
		return 0;
	raised = span->raised;
	span->began = bpf_ktime_get_ns();
	span->raised = 0;
	if (raised)
		report_slow(vector, span->began - raised);
	return 0;
}

SEC("tp_btf/softirq_exit")
int BPF_PROG(slow_softirq_ends, unsigned int vector)
{
	struct span *span = bpf_map_lookup_elem(&spans, &vector);
	__u64 began;

	if (!span || !span->began)
		return 0;
	began = span->began;
	span->began = 0;
	report_slow(vector, bpf_ktime_get_ns() - began);
	return 0;
}

/* By name, since another module can have its handler at the same address later. */
struct handler {
	char name[32];
	__u32 number;
	__u32 padding;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct handler);
	__type(value, struct span);
} handlers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} handler_began SEC(".maps");

SEC("tp_btf/irq_handler_entry")
int BPF_PROG(handler_begins, int number, struct irqaction *action)
{
	__u32 zero = 0;
	__u64 *began = bpf_map_lookup_elem(&handler_began, &zero);

	if (began)
		*began = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/irq_handler_exit")
int BPF_PROG(handler_ends, int number, struct irqaction *action)
{
	struct handler key = { .number = number };
	struct span *span, first = {};
	__u64 *began;
	__u32 zero = 0;

	began = bpf_map_lookup_elem(&handler_began, &zero);
	if (!began || !*began)
		return 0;
	bpf_probe_read_kernel_str(key.name, sizeof(key.name), action->name);
	span = bpf_map_lookup_elem(&handlers, &key);
	if (!span) {
		bpf_map_update_elem(&handlers, &key, &first, BPF_NOEXIST);
		return 0;
	}
	span->total += bpf_ktime_get_ns() - *began;
	span->count++;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
