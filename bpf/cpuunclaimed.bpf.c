// SPDX-License-Identifier: GPL-2.0
/* How many tasks each CPU has, by samples that the reader joins to looks at all CPUs. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "cpuunclaimed.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/run_queue.bpf.h"

const volatile struct cpuunclaimed_config config;

SEC("perf_event")
int sample(void *context)
{
	struct queue_sample event = {
		.time_ns = bpf_ktime_get_ns(),
		.cpu = bpf_get_smp_processor_id(),
		.length = runnable_tasks(),
		.is_selected = 1,
	};

	if (config.trace.filter.enabled)
		event.is_selected =
			(__u32)bpf_get_current_pid_tgid() && current_passes(&config.trace.filter);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
