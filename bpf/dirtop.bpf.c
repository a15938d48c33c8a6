// SPDX-License-Identifier: GPL-2.0
/* What is read from files and written to them, by the directories that they are in. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "dirtop.h"

#define TOTALS_KEY     struct dirtop_key
#define TOTALS_VALUE   struct transfer_totals
#define TOTALS_ENTRIES DIRECTORY_LIMIT

#include "lib/totals.bpf.h"

const volatile struct dirtop_config config;

#include "lib/transfers.bpf.h"

static __noinline int count_transfer(struct task_struct *task, struct file *file, __u64 bytes,
				     bool is_written)
{
	struct dirtop_key key = { directory_of_file(file) };
	struct transfer_totals *totals;

	if (key.directory == NO_DIRECTORY)
		return 0;
	totals = totals_of(&key);
	if (totals)
		add_transfer(totals, bytes, is_written);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
