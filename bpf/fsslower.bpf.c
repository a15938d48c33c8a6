// SPDX-License-Identifier: GPL-2.0
/* Operations on files that take long. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "fsslower.h"
#include "lib/events.bpf.h"
#include "lib/kernel_read.bpf.h"

const volatile struct fsslower_config config;

#include "lib/file_operations.bpf.h"

static __noinline void report_call(__u32 operation, const struct file_call *call, __u64 duration,
				   __s64 result)
{
	struct dentry *dentry = call->dentry;
	struct fsslower_event *event;

	if (duration < config.least_ns)
		return;
	event = begin_event(&config.trace, sizeof(*event));
	if (!event)
		return;
	event->duration_ns = duration;
	event->offset = call->offset;
	event->result = result;
	event->operation = operation;
	read_filesystem_name(dentry, event->filesystem);
	bpf_probe_read_kernel_str(event->name, sizeof(event->name),
				  KERNEL_READ(dentry, d_name.name));
	submit_event(&config.trace, event, sizeof(*event));
}

char LICENSE[] SEC("license") = "GPL";
