// SPDX-License-Identifier: GPL-2.0
/* How long work waits in the kernel's workqueues. */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "wqlat.h"
#include "lib/kernel_read.bpf.h"

#define HISTOGRAM_KEY struct wqlat_key

#include "lib/filter.bpf.h"
#include "lib/histogram.bpf.h"

const volatile struct wqlat_config config;

struct queued_work {
	__u64 time;
	/* Which is there as long as work is queued in it. */
	struct workqueue_struct *queue;
};

/*
 * By the address of the work, which is used again and again; what is cancelled stays until
 * then.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct queued_work);
} queued SEC(".maps");

static __always_inline bool queue_is_wanted(struct workqueue_struct *queue)
{
	const volatile __u64 *wanted = (const volatile void *)&config.queue;
	struct wqlat_key key = {};
	const __u64 *name = (const void *)&key;

	BPF_CORE_READ_STR_INTO(&key.name, queue, name);
	return name[0] == wanted[0] && name[1] == wanted[1] && name[2] == wanted[2] &&
	       name[3] == wanted[3];
}

static __always_inline int work_queued(struct pool_workqueue *pool, struct work_struct *work)
{
	struct queued_work entry = {};
	__u64 address = (__u64)work;

	/* The task that queues it is the running one. */
	if (config.trace.filter.enabled && !current_passes(&config.trace.filter))
		return 0;
	if (config.per_queue || config.one_queue)
		entry.queue = KERNEL_READ(pool, wq);
	if (config.one_queue && !queue_is_wanted(entry.queue))
		return 0;
	entry.time = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&queued, &address, &entry, BPF_ANY)) {
		LEDGER_ADD(seen);
		LEDGER_ADD(map_full);
	}
	return 0;
}

static __always_inline int work_begins(struct work_struct *work)
{
	__u64 address = (__u64)work, value;
	struct queued_work *found = bpf_map_lookup_elem(&queued, &address), entry;
	struct workqueue_struct *queue;
	struct wqlat_key key = {};

	if (!found)
		return 0;
	entry = *found;
	value = bpf_ktime_get_ns();
	bpf_map_delete_elem(&queued, &address);
	value = (value > entry.time ? value - entry.time : 0) / config.divisor;
	if (!config.per_queue) {
		histogram_add(value);
		return 0;
	}
	queue = entry.queue;
	BPF_CORE_READ_STR_INTO(&key.name, queue, name);
	histogram_add_keyed(&key, value);
	return 0;
}

#define WORK_HOOKS(KIND)                                                  \
	SEC(#KIND "/workqueue_queue_work")                                \
	int BPF_PROG(KIND##_queued, int cpu, struct pool_workqueue *pool, \
		     struct work_struct *work)                            \
	{                                                                 \
		return work_queued(pool, work);                           \
	}                                                                 \
                                                                          \
	SEC(#KIND "/workqueue_execute_start")                             \
	int BPF_PROG(KIND##_begins, struct work_struct *work)             \
	{                                                                 \
		return work_begins(work);                                 \
	}

WORK_HOOKS(tp_btf)
WORK_HOOKS(raw_tp)

char LICENSE[] SEC("license") = "GPL";
