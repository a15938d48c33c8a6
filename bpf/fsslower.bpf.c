// SPDX-License-Identifier: GPL-2.0
/* Operations on files that take long. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "fsslower.h"
#include "lib/events.bpf.h"

const volatile struct fsslower_config config;

#include "lib/file_operations.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fsslower_event);
} scratch SEC(".maps");

static __noinline void report_call(__u32 operation, const struct file_call *call, __u64 duration,
				   __s64 result)
{
	__u32 zero = 0;
	struct dentry *dentry = call->dentry;
	struct fsslower_event *event;

	if (duration < config.least_ns)
		return;
	event = bpf_map_lookup_elem(&scratch, &zero);
	if (!event)
		return;
	LEDGER_ADD(seen);
	fill_header(&config.trace, &event->header);
	event->duration_ns = duration;
	event->offset = call->offset;
	event->result = result;
	event->operation = operation;
	read_filesystem_name(dentry, event->filesystem);
	bpf_probe_read_kernel_str(event->name, sizeof(event->name),
				  BPF_CORE_READ(dentry, d_name.name));
	emit(&config.trace, event, sizeof(*event));
}

char LICENSE[] SEC("license") = "GPL";
