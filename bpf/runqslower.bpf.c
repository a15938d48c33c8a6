// SPDX-License-Identifier: GPL-2.0
/* Tasks that waited long for a CPU, when they get it. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "runqslower.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"

const volatile struct runqslower_config config;

static __noinline int report_slow_wait(struct task_struct *task, struct task_struct *before,
				       __u64 nanoseconds)
{
	struct runqslower_event event = { .latency_ns = nanoseconds };

	LEDGER_ADD(seen);
	fill_task_header(&config.trace, &event.header, task);
	event.previous_tid = task_tid(before, config.trace.pid_namespace);
	KERNEL_READ_16(event.previous_comm, before, comm);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

static __always_inline int report_wait(struct task_struct *task, struct task_struct *before,
				       __u64 nanoseconds)
{
	if (config.min_us && nanoseconds / 1000 <= config.min_us)
		return 0;
	return report_slow_wait(task, before, nanoseconds);
}

#include "lib/run_wait.bpf.h"

char LICENSE[] SEC("license") = "GPL";
