/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LIB_EVENT_HEADER_BPF_H
#define LIB_EVENT_HEADER_BPF_H

#include "wire.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "task.bpf.h"

/* Describes the running task. */
static __noinline void fill_header(const volatile struct trace_config *trace,
				   struct event_header *header)
{
	__u64 ids = current_ids(trace->pid_namespace);

	header->time_ns = bpf_ktime_get_ns();
	header->pid = ids >> 32;
	header->tid = ids;
	header->uid = bpf_get_current_uid_gid();
	header->cpu = bpf_get_smp_processor_id();
	bpf_get_current_comm(header->comm, sizeof(header->comm));
	if (trace->identity) {
		struct task_struct *task = (void *)bpf_get_current_task();

		header->cgroup_id = bpf_get_current_cgroup_id();
		header->ppid = task_ppid(task, trace->pid_namespace);
		header->mntns = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	}
}

#endif
