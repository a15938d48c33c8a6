// SPDX-License-Identifier: GPL-2.0
/* Tasks that change their name. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "renames.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"

const volatile struct renames_config config;

static __noinline int report(const char *name)
{
	struct renames_event event = {};

	if (!current_passes(&config.trace.filter))
		return 0;
	fill_header(&config.trace, &event.header);
	bpf_probe_read_kernel_str(event.name, sizeof(event.name), name);
	LEDGER_ADD(seen);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

SEC("tp_btf/task_rename")
int BPF_PROG(rename_typed, struct task_struct *task, const char *name)
{
	return report(name);
}

/* For kernels without type information. */
SEC("raw_tp/task_rename")
int BPF_PROG(rename_raw, struct task_struct *task, const char *name)
{
	return report(name);
}

char LICENSE[] SEC("license") = "GPL";
