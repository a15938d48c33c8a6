// SPDX-License-Identifier: GPL-2.0
/*
 * Follows the descendants of the traced processes, for any tool: it shares the
 * tool's list of processes and its account. A child is taken in, or left out,
 * before its first instruction; so a reused number never stands
 * for the process that had it before. Until then it stands for that process, which
 * closes files and sends signals while it ends.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "lib/filter_pids.bpf.h"
#include "lib/ledger.bpf.h"
#include "lib/task.bpf.h"

/* Of the numbers in the list; 0: the initial one. */
const volatile __u32 pid_namespace;

static __always_inline int follow_child(struct task_struct *parent, struct task_struct *child)
{
	__u32 parent_pid = task_pid(parent, pid_namespace), pid = task_pid(child, pid_namespace);
	bool is_followed = filter_pid_is_listed(parent_pid);
	__u8 *flag = filter_pid_flag(pid);

	if (pid == parent_pid)
		return 0;
	if (flag)
		*flag = is_followed;
	else if (is_followed)
		LEDGER_ADD(map_full);
	return 0;
}

#define FOLLOW_HOOK(KIND)                                                                        \
	SEC(#KIND "/sched_process_fork")                                                         \
	int BPF_PROG(KIND##_follow_child, struct task_struct *parent, struct task_struct *child) \
	{                                                                                        \
		return follow_child(parent, child);                                              \
	}

FOLLOW_HOOK(tp_btf)
FOLLOW_HOOK(raw_tp)

char LICENSE[] SEC("license") = "GPL";
