// SPDX-License-Identifier: GPL-2.0
/* Processes: how many are made, and how each ended. */
#include "floor.bpf.h"
#include <bpf/bpf_core_read.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} forks SEC(".maps");

SEC("tp_btf/sched_process_fork")
int BPF_PROG(forked, struct task_struct *parent, struct task_struct *child)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(&forks, &zero);

	if (count && child->pid == child->tgid)
		++*count;
	return 0;
}

struct exited {
	struct who who;
	__u64 age_ns;
	__u32 parent;
	__u32 status;
};

/* Of a thread, whose process ends with the last one. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(exited, struct task_struct *task, bool is_last)
{
	struct task_struct *leader = task->group_leader;
	struct exited exited = {};

	if (!is_last)
		return 0;
	describe(&exited.who);
	exited.age_ns = exited.who.time_ns - leader->start_time;
	exited.parent = task->real_parent->tgid;
	exited.status = leader->exit_code;
	emit(&exited, sizeof(exited));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
