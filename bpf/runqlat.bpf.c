// SPDX-License-Identifier: GPL-2.0
/* How long tasks that could run wait for a CPU, as a distribution. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "runqlat.h"

#include "lib/filter.bpf.h"
#include "lib/task_histogram.bpf.h"

const volatile struct runqlat_config config;

static __always_inline int report_wait(struct task_struct *task, struct task_struct *before,
				       __u64 nanoseconds)
{
	return histogram_add_task(task, config.per, config.trace.pid_namespace,
				  nanoseconds / (config.milliseconds ? 1000000 : 1000));
}

#include "lib/run_wait.bpf.h"

char LICENSE[] SEC("license") = "GPL";
