// SPDX-License-Identifier: GPL-2.0
/* What the programs of processes do, by the probes of the languages that they are written in. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "ustat.h"

#define TOTALS_KEY   __u32
#define TOTALS_VALUE struct ustat_counts

#include "lib/filter.bpf.h"
#include "lib/totals.bpf.h"

const volatile struct ustat_config config;

static __always_inline int count_one(__u32 kind)
{
	struct ustat_counts *counts;
	__u32 pid;

	if (!current_passes(&config.trace.filter))
		return 0;
	pid = current_ids(config.trace.pid_namespace) >> 32;
	counts = totals_of(&pid);
	if (!counts)
		return 0;
	ATOMIC_ADD(&counts->counts[kind], 1);
	if (!counts->comm[0])
		bpf_get_current_comm(counts->comm, sizeof(counts->comm));
	return 0;
}

#define PROGRAM(NAME, KIND)             \
	SEC("uprobe")                   \
	int NAME(struct pt_regs *regs)  \
	{                               \
		return count_one(KIND); \
	}

PROGRAM(method_begins, USTAT_METHOD)
PROGRAM(collection_begins, USTAT_GC)
PROGRAM(object_made, USTAT_OBJECT)
PROGRAM(class_loaded, USTAT_CLASS)
PROGRAM(exception_thrown, USTAT_EXCEPTION)
PROGRAM(thread_begins, USTAT_THREAD)

char LICENSE[] SEC("license") = "GPL";
