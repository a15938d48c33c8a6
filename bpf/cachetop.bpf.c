// SPDX-License-Identifier: GPL-2.0
/* What each process asks of the page cache, brings into it and dirties there. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "cachetop.h"
#include "lib/event_header.bpf.h"
#include "lib/filter.bpf.h"

#define TOTALS_KEY   struct cachetop_key
#define TOTALS_VALUE struct page_counts

#include "lib/totals.bpf.h"

const volatile struct cachetop_config config;

static __noinline struct page_counts *counts_here(void)
{
	struct task_struct *task = current_task();
	struct cachetop_key key __attribute__((aligned(8))) = {
		.pid = current_process(task, config.trace.pid_namespace),
		.uid = current_user(task),
	};

	copy_current_comm(key.comm, task);
	return totals_of(&key);
}

#include "lib/page_cache_functions.bpf.h"
#include "lib/page_cache.bpf.h"

char LICENSE[] SEC("license") = "GPL";
