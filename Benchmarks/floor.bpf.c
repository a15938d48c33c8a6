// SPDX-License-Identifier: GPL-2.0
/*
 * The least that a program can do for what a bar is held against, without filters, options
 * and an account: how near to it a tool comes tells what is left to gain.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "lib/syscall.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024 * 1024);
} events SEC(".maps");

struct open {
	__u64 time_ns;
	__u32 pid;
	__u32 tid;
	__u32 uid;
	__u32 cpu;
	__u64 comm[2];
	__s64 result;
	char path[32];
};

/* Who opened what and when, and what came of it; one write to the ring buffer. */
SEC("tracepoint/syscalls/sys_exit_openat")
int open_exit(struct syscall_exit_context *context)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *registers = (void *)bpf_task_pt_regs(task);
	struct open open = {
		.time_ns = bpf_ktime_get_ns(),
		.pid = task->tgid,
		.tid = task->pid,
		.uid = task->cred->uid.val,
		.cpu = bpf_get_smp_processor_id(),
		.comm = { *(__u64 *)&task->comm[0], *(__u64 *)&task->comm[8] },
		.result = context->result,
	};

	bpf_probe_read_user_str(open.path, sizeof(open.path), (void *)SYSCALL_ARG2(registers));
	bpf_ringbuf_output(&events, &open, sizeof(open), BPF_RB_NO_WAKEUP);
	return 0;
}

/*
 * The kernel notes when it issues a request, but not the program that counts it, whether it
 * will: so one must be there.
 */
SEC("tp_btf/block_rq_issue")
int request_issue(__u64 *arguments)
{
	return 0;
}

struct latencies {
	__u64 buckets[64];
	__u64 sum;
	__u64 max;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct latencies);
} latencies SEC(".maps");

/* One entry of a distribution, its sum and its greatest. */
SEC("tp_btf/block_rq_complete")
int request_complete(__u64 *arguments)
{
	struct request *request = (struct request *)arguments[0];
	__u64 duration = (bpf_ktime_get_ns() - request->io_start_time_ns) / 1000;
	__u32 zero = 0;
	struct latencies *counted = bpf_map_lookup_elem(&latencies, &zero);

	if ((__u32)arguments[2] < request->__data_len || !counted)
		return 0;
	counted->buckets[duration & 63]++;
	counted->sum += duration;
	if (duration > counted->max)
		counted->max = duration;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
