// SPDX-License-Identifier: GPL-2.0
/* Processes, or on request threads, when they end. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "exitsnoop.h"
#include "lib/compat_process.bpf.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/kernel_read.bpf.h"

/* linux/sched/signal.h: the process has a status of its own. */
#define SIGNAL_GROUP_EXIT 4
#define EEXIST		  17

const volatile struct exitsnoop_config config;

/* A process by its number and start, since numbers come again. */
struct process {
	__u64 start_ns;
	__u64 pid;
};

/* Those that have ended, where the tracepoint does not say who is the last. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct process);
	__type(value, __u8);
} ended SEC(".maps");

/*
 * Threads that end at the same time may all find that no other is left, so the first of
 * them ends the process.
 */
static __always_inline bool ends_process(struct task_struct *leader)
{
	struct process process = {
		.start_ns = KERNEL_READ(leader, start_time),
		.pid = KERNEL_READ(leader, tgid),
	};
	__u8 value = 0;

	if (KERNEL_READ(leader, signal, live.counter))
		return false;
	/* Before 6.4 the upper half of the result is not written. */
	return (int)bpf_map_update_elem(&ended, &process, &value, BPF_NOEXIST) != -EEXIST;
}

/* What the parent is told; the process's own status stands above that of its first thread. */
static __always_inline __u32 process_status(struct task_struct *leader)
{
	if (KERNEL_READ(leader, signal, flags) & SIGNAL_GROUP_EXIT)
		return KERNEL_READ(leader, signal, group_exit_code);
	return KERNEL_READ(leader, exit_code);
}

static __always_inline int report(struct task_struct *task, __u32 status)
{
	struct exitsnoop_event event = { .status = status };

	if (config.failed_only && !status)
		return 0;
	if (config.trace.filter.enabled && !task_passes(&config.trace.filter, task, false))
		return 0;
	LEDGER_ADD(seen);
	/* The running task is this one, or another of its process. */
	fill_header(&config.trace, &event.header);
	event.header.tid = task_tid(task, config.trace.pid_namespace);
	event.header.ppid = task_ppid(task, config.trace.pid_namespace);
	KERNEL_READ_16(event.header.comm, task, comm);
	event.age_ns = event.header.time_ns - KERNEL_READ(task, start_time);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

static __always_inline int report_exit(__u64 *args)
{
	struct task_struct *task = (void *)args[0], *leader;

	if (config.threads)
		return report(task, KERNEL_READ(task, exit_code));
	leader = KERNEL_READ(task, group_leader);
	if (exit_tells_last() ? !ARGUMENT(bool, args, 1) : !ends_process(leader))
		return 0;
	return report(leader, process_status(leader));
}

SEC("tp_btf/sched_process_exit")
int tp_btf_exit(__u64 *args)
{
	return report_exit(args);
}

SEC("raw_tp/sched_process_exit")
int raw_tp_exit(__u64 *args)
{
	return report_exit(args);
}

char LICENSE[] SEC("license") = "GPL";
