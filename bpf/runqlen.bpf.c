// SPDX-License-Identifier: GPL-2.0
/* How many tasks wait for each CPU, by samples of the length of its queue. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "runqlen.h"
#include "lib/kernel_read.bpf.h"

#define HISTOGRAM_KEY  __u32
#define HISTOGRAM_STEP 1

#include "lib/filter.bpf.h"
#include "lib/histogram.bpf.h"
#include "lib/run_queue.bpf.h"

const volatile struct runqlen_config config;

static __always_inline __u32 queue_length(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return config.group ? cfs_rq_length(KERNEL_READ(task, se.cfs_rq)) : runnable_tasks();
}

SEC("perf_event")
int sample(void *context)
{
	/* An idle task is the one of its CPU, with the number 0, and is not queued. */
	bool is_idle = !(__u32)bpf_get_current_pid_tgid();
	__u32 cpu, length;

	if (config.trace.filter.enabled && (is_idle || !current_passes(&config.trace.filter)))
		return 0;
	length = queue_length();
	if (length && !is_idle)
		length--;
	if (config.per_cpu) {
		cpu = bpf_get_smp_processor_id();
		histogram_add_keyed(&cpu, length);
	} else {
		histogram_add(length);
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
