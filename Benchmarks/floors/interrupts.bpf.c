// SPDX-License-Identifier: GPL-2.0
/* How long soft interrupts run, and how long work waits in a queue. */
#include "floor.bpf.h"

struct span {
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

char LICENSE[] SEC("license") = "GPL";
