// SPDX-License-Identifier: GPL-2.0
/* Processes that the kernel kills because memory is short. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "oomkill.h"
#include "lib/compat_process.bpf.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/kernel_read.bpf.h"

#define SIGKILL	      9

/* linux/sched/signal.h: in place of a siginfo, where the kernel is the sender. */
#define SEND_SIG_PRIV 1

const volatile struct oomkill_config config;

/* Who asks for memory. */
static __always_inline void add_trigger(struct oomkill_event *event)
{
	event->trigger_pid = current_ids(config.trace.pid_namespace) >> 32;
	bpf_get_current_comm(event->trigger_comm, sizeof(event->trigger_comm));
}

static __noinline int report_victim(struct task_struct *victim)
{
	struct oomkill_event event = {};
	struct mm_struct *memory = KERNEL_READ(victim, signal, oom_mm);

	if (config.trace.filter.enabled && !task_passes(&config.trace.filter, victim, false))
		return 0;
	LEDGER_ADD(seen);
	fill_task_header(&config.trace, &event.header, victim);
	if (config.trace.identity) {
		event.header.ppid = task_ppid(victim, config.trace.pid_namespace);
		event.header.mntns = KERNEL_READ(victim, nsproxy, mnt_ns, ns.inum);
		event.header.cgroup_id = KERNEL_READ(victim, cgroups, dfl_cgrp, kn, id);
	}
	event.total_pages = KERNEL_READ(memory, total_vm);
	event.anonymous_pages = RESIDENT_PAGES(memory, ANONYMOUS_PAGES);
	event.file_pages = RESIDENT_PAGES(memory, FILE_PAGES);
	event.shared_pages = RESIDENT_PAGES(memory, SHARED_PAGES);
	event.oom_score_adj = KERNEL_READ(victim, signal, oom_score_adj);
	add_trigger(&event);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

/*
 * What each thread killed last, for kernels that pass the number of a victim only. They
 * kill it just before that, while they hold a reference.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct task_struct *);
} killed SEC(".maps");

static __always_inline int note_killed(int signal, __u64 info, struct task_struct *task)
{
	__u32 tid = bpf_get_current_pid_tgid();

	if (mark_victim_passes_task() || signal != SIGKILL || info != SEND_SIG_PRIV)
		return 0;
	if (bpf_map_update_elem(&killed, &tid, &task, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

/* A task by the kernel's own number, where it is the running one or was just killed by it. */
static __always_inline struct task_struct *find_victim(int number)
{
	struct task_struct *current = (void *)bpf_get_current_task(), **noted, *task;
	__u32 tid = bpf_get_current_pid_tgid();

	if ((int)tid == number)
		return current;
	noted = bpf_map_lookup_elem(&killed, &tid);
	task = noted ? *noted : NULL;
	return task && KERNEL_READ(task, pid) == number ? task : NULL;
}

/* One that ends already and gets to use the last memory. */
static __noinline int report_number(int number)
{
	struct oomkill_event event = {};

	if (config.trace.filter.enabled || config.trace.pid_namespace)
		return 0;
	LEDGER_ADD(seen);
	event.header.time_ns = bpf_ktime_get_ns();
	event.header.cpu = bpf_get_smp_processor_id();
	event.header.pid = event.header.tid = number;
	add_trigger(&event);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

static __always_inline int report_mark(__u64 *args)
{
	struct task_struct *victim;

	if (mark_victim_passes_task())
		return report_victim(ARGUMENT(struct task_struct *, args, 0));
	victim = find_victim(args[0]);
	return victim ? report_victim(victim) : report_number(args[0]);
}

#define VICTIM_HOOKS(KIND)                                                           \
	SEC(#KIND "/mark_victim")                                                    \
	int KIND##_victim(__u64 *args)                                               \
	{                                                                            \
		return report_mark(args);                                            \
	}                                                                            \
                                                                                     \
	SEC(#KIND "/signal_generate")                                                \
	int KIND##_kill(__u64 *args)                                                 \
	{                                                                            \
		return note_killed(args[0], args[1], (struct task_struct *)args[2]); \
	}

VICTIM_HOOKS(tp_btf)
VICTIM_HOOKS(raw_tp)

char LICENSE[] SEC("license") = "GPL";
