/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LIB_EVENT_HEADER_BPF_H
#define LIB_EVENT_HEADER_BPF_H

#include "wire.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "compat.bpf.h"
#include "kernel_read.bpf.h"
#include "task.bpf.h"

/* The name of a task that the verifier knows, into what is aligned as a word. */
static __always_inline void copy_comm(char *comm, struct task_struct *task)
{
	COPY_16(comm, task, comm);
}

/* The user of the running task, in the initial namespace of users. */
static __always_inline __u32 current_user(struct task_struct *current)
{
	return kernel_casts(KERNEL_TYPE_task_struct) ? KERNEL_READ(current, cred, uid.val)
						     : (__u32)bpf_get_current_uid_gid();
}

/*
 * With its type known, the task itself is read in place: each helper costs some 30 ns. A
 * pointer in it is followed by a cast only, since to know whether it can be trusted newer
 * kernels look through all their types (btf_nested_type_is_trusted()): on 6.18 one program
 * with the user id from the credentials took three milliseconds to load instead of one.
 */
static __always_inline void describe_typed(struct event_header *header, struct task_struct *task)
{
	header->pid = task->tgid;
	header->tid = task->pid;
	copy_comm(header->comm, task);
	header->uid = current_user(task);
}

/* The name of the running task, into what is aligned as a word. */
static __always_inline void copy_current_comm(char *comm, struct task_struct *current)
{
	if (current_task_is_typed())
		copy_comm(comm, current);
	else
		bpf_get_current_comm(comm, COMM_SIZE);
}

/* The number of the running task's process. */
static __always_inline __u32 current_process(struct task_struct *current, __u32 namespace)
{
	return !namespace && current_task_is_typed() ? (__u32)current->tgid
						     : current_ids(namespace) >> 32;
}

static __always_inline void describe_untyped(struct event_header *header, __u32 namespace)
{
	__u64 ids = current_ids(namespace);

	header->pid = ids >> 32;
	header->tid = ids;
	header->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(header->comm, sizeof(header->comm));
}

/* Describes another task than the running one, but for its identity. */
static __always_inline void fill_task_header(const volatile struct trace_config *trace,
					     struct event_header *header, struct task_struct *task)
{
	header->time_ns = bpf_ktime_get_ns();
	header->cpu = bpf_get_smp_processor_id();
	header->pid = task_pid(task, trace->pid_namespace);
	header->tid = task_tid(task, trace->pid_namespace);
	header->uid = KERNEL_READ(task, cred, uid.val);
	KERNEL_READ_16(header->comm, task, comm);
}

static __noinline __attribute__((unused)) void
fill_identity(const volatile struct trace_config *trace, struct event_header *header)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	header->cgroup_id = bpf_get_current_cgroup_id();
	header->ppid = task_ppid(task, trace->pid_namespace);
	header->mntns = KERNEL_READ(task, nsproxy, mnt_ns, ns.inum);
}

/* Describes the running task. */
static __always_inline void fill_header(const volatile struct trace_config *trace,
					struct event_header *header)
{
	header->time_ns = bpf_ktime_get_ns();
	header->cpu = bpf_get_smp_processor_id();
	if (!trace->pid_namespace && current_task_is_typed())
		describe_typed(header, bpf_get_current_task_btf());
	else
		describe_untyped(header, trace->pid_namespace);
	if (trace->identity)
		fill_identity(trace, header);
}

#endif
