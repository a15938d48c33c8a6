/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The least that a program can do for what a bar is held against, without filters, options
 * and a ledger: how near to it a tool comes tells what is left to gain.
 */
#ifndef FLOOR_BPF_H
#define FLOOR_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 * 1024 * 1024); /* as that of a tool */
} events SEC(".maps");

/* Who did it, where and when. */
struct who {
	__u64 time_ns;
	__u32 pid;
	__u32 tid;
	__u32 uid;
	__u32 cpu;
	__u64 comm[2];
};

static __always_inline void describe(struct who *who)
{
	struct task_struct *task = bpf_get_current_task_btf();

	who->time_ns = bpf_ktime_get_ns();
	who->pid = task->tgid;
	who->tid = task->pid;
	who->uid = task->cred->uid.val;
	who->cpu = bpf_get_smp_processor_id();
	who->comm[0] = *(__u64 *)&task->comm[0];
	who->comm[1] = *(__u64 *)&task->comm[8];
}

static __always_inline void emit(void *event, __u64 size)
{
	bpf_ringbuf_output(&events, event, size, BPF_RB_NO_WAKEUP);
}

struct distribution {
	__u64 buckets[64];
	__u64 sum;
	__u64 max;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct distribution);
} distributions SEC(".maps");

/* The power of two that a value lies above, of those that a latency has. */
static __always_inline __u32 power_of(__u64 value)
{
	__u32 small = value >> 32 ? ~0U : value, power = 0;

	for (int step = 16; step > 0; step /= 2) {
		if (small >> step) {
			small >>= step;
			power += step;
		}
	}
	return power;
}

/* One entry of a distribution, its sum and its greatest. */
static __always_inline void distribute(__u64 value)
{
	__u32 zero = 0;
	struct distribution *counted = bpf_map_lookup_elem(&distributions, &zero);

	if (!counted)
		return;
	counted->buckets[power_of(value) & 63]++;
	counted->sum += value;
	if (value > counted->max)
		counted->max = value;
}

#endif
