// SPDX-License-Identifier: GPL-2.0
/* How many processes and threads are created. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "pidpersec.h"
#include "lib/filter.bpf.h"
#include "lib/ledger.bpf.h"

const volatile struct pidpersec_config config;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pid_counts);
} samples SEC(".maps");

static __always_inline int count_child(struct task_struct *child, const bool typed)
{
	__u32 zero = 0;
	struct pid_counts *here = bpf_map_lookup_elem(&samples, &zero);

	if (!here || !current_passes(&config.trace.filter))
		return 0;
	if (FIELD(child, pid) == FIELD(child, tgid))
		ATOMIC_ADD(&here->processes, 1);
	else
		ATOMIC_ADD(&here->threads, 1);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(tp_btf_fork, struct task_struct *parent, struct task_struct *child)
{
	return count_child(child, true);
}

SEC("raw_tp/sched_process_fork")
int BPF_PROG(raw_tp_fork, struct task_struct *parent, struct task_struct *child)
{
	return count_child(child, false);
}

char LICENSE[] SEC("license") = "GPL";
