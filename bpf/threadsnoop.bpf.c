// SPDX-License-Identifier: GPL-2.0
/* New threads, at the function of the C library that creates them. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "threadsnoop.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/stack_owner.bpf.h"

const volatile struct threadsnoop_config config;

SEC("uprobe")
int thread_begins(struct pt_regs *regs)
{
	struct threadsnoop_event *event;

	if (!current_passes(&config.trace.filter) || is_own_process(&config.own))
		return 0;
	event = begin_event(&config.trace, sizeof(*event));
	if (!event)
		return 0;
	event->owner =
		task_stack_owner((void *)bpf_get_current_task(), config.trace.pid_namespace, false);
	event->function = PT_REGS_PARM3(regs);
	event->argument = PT_REGS_PARM4(regs);
	submit_event(&config.trace, event, sizeof(*event));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
