// SPDX-License-Identifier: GPL-2.0
/* How long a task waited for a CPU, and how long it was away and where it left. */
#include "floor.bpf.h"
#include "stacks.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, __u64);
} waits SEC(".maps");

/*
 * How long a task waited. Moved to another CPU it is queued anew, so its wait is what the sum
 * of all its waits has grown by since its last turn.
 */
static __always_inline __u64 wait_of(struct task_struct *next)
{
	__u64 queued = next->sched_info.last_queued, total, waited, *before;
	__u32 tid = next->pid;

	if (!tid || !queued)
		return 0;
	waited = next->se.cfs_rq->rq->clock - queued;
	total = next->sched_info.run_delay + waited;
	before = bpf_map_lookup_elem(&waits, &tid);
	if (!before) {
		bpf_map_update_elem(&waits, &tid, &total, BPF_ANY);
		return waited;
	}
	waited = total - *before;
	*before = total;
	return waited;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(wait, bool preempted, struct task_struct *prev, struct task_struct *next)
{
	__u64 waited = wait_of(next);

	if (waited)
		distribute(waited / 1000);
	return 0;
}

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

struct slow_wait {
	struct who who;
	__u64 nanoseconds;
};

SEC("tp_btf/sched_switch")
int BPF_PROG(slow_wait, bool preempted, struct task_struct *prev, struct task_struct *next)
{
	struct slow_wait wait = { .nanoseconds = wait_of(next) };

	if (wait.nanoseconds < 10000000)
		return 0;
	describe(&wait.who);
	emit(&wait, sizeof(wait));
	return 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} turns SEC(".maps");

/* How long a task had its CPU. */
SEC("tp_btf/sched_switch")
int BPF_PROG(turn, bool preempted, struct task_struct *prev, struct task_struct *next)
{
	__u32 zero = 0;
	__u64 *began = bpf_map_lookup_elem(&turns, &zero), now = bpf_ktime_get_ns();

	if (!began)
		return 0;
	if (*began && prev->pid)
		distribute((now - *began) / 1000);
	*began = now;
	return 0;
}

/* How long a task slept, by who wakes it. */
SEC("tp_btf/sched_switch")
int BPF_PROG(sleeps, bool preempted, struct task_struct *prev, struct task_struct *next)
{
	struct absence here = { .since = bpf_ktime_get_ns() };
	__u32 tid = prev->pid;

	if (tid && !preempted && prev->__state)
		bpf_map_update_elem(&absences, &tid, &here, BPF_ANY);
	return 0;
}

static __always_inline int wake(void *context, struct task_struct *task, const bool with_user)
{
	__u32 tid = task->pid;
	struct absence *absence = bpf_map_lookup_elem(&absences, &tid);
	struct place place = {};
	__u64 slept, *time;

	if (!absence || !absence->since)
		return 0;
	slept = bpf_ktime_get_ns() - absence->since;
	absence->since = 0;
	place.pid = task->tgid;
	place.comm[0] = *(__u64 *)&task->comm[0];
	place.comm[1] = *(__u64 *)&task->comm[8];
	place.kernel = bpf_get_stackid(context, &stacks, 0);
	if (with_user)
		place.user = bpf_get_stackid(context, &stacks, BPF_F_USER_STACK);
	time = bpf_map_lookup_elem(&times, &place);
	if (time)
		__sync_fetch_and_add(time, slept);
	else
		bpf_map_update_elem(&times, &place, &slept, BPF_NOEXIST);
	return 0;
}

SEC("tp_btf/sched_waking")
int BPF_PROG(wakes, struct task_struct *task)
{
	return wake(ctx, task, true);
}

SEC("tp_btf/sched_waking")
int BPF_PROG(wakes_by_kernel, struct task_struct *task)
{
	return wake(ctx, task, false);
}

char LICENSE[] SEC("license") = "GPL";
