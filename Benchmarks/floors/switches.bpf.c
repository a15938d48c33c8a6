// SPDX-License-Identifier: GPL-2.0
/* How long a task waited for a CPU, and how long it was away and where it left. */
#include "floor.bpf.h"

/* A task that waited on another CPU before has waited longer, which this does not know. */
SEC("tp_btf/sched_switch")
int BPF_PROG(wait, bool preempted, struct task_struct *prev, struct task_struct *next)
{
	__u64 queued = next->sched_info.last_queued;

	if (queued)
		distribute((next->se.cfs_rq->rq->clock - queued) / 1000);
	return 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16384);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

struct place {
	__u64 comm[2];
	__u32 pid;
	__s32 kernel;
	__s32 user;
	__u32 padding;
};

struct absence {
	__u64 since;
	struct place place;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, __u32);
	__type(value, struct absence);
} absences SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, struct place);
	__type(value, __u64);
} times SEC(".maps");

static __always_inline void come_back(__u32 tid)
{
	struct absence *absence = bpf_map_lookup_elem(&absences, &tid);
	__u64 away, *time;

	if (!absence || !absence->since)
		return;
	away = bpf_ktime_get_ns() - absence->since;
	absence->since = 0;
	time = bpf_map_lookup_elem(&times, &absence->place);
	if (time)
		__sync_fetch_and_add(time, away);
	else
		bpf_map_update_elem(&times, &absence->place, &away, BPF_NOEXIST);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(absence, bool preempted, struct task_struct *prev, struct task_struct *next)
{
	struct absence here = { .since = bpf_ktime_get_ns() };
	__u32 tid = prev->pid;

	if (tid) {
		here.place.pid = prev->tgid;
		here.place.comm[0] = *(__u64 *)&prev->comm[0];
		here.place.comm[1] = *(__u64 *)&prev->comm[8];
		here.place.kernel = bpf_get_stackid(ctx, &stacks, 0);
		here.place.user = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
		bpf_map_update_elem(&absences, &tid, &here, BPF_ANY);
	}
	come_back(next->pid);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
