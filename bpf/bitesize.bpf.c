// SPDX-License-Identifier: GPL-2.0
/* How large block requests are, by the name of the task that submitted them. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bitesize.h"

#define HISTOGRAM_KEY struct bitesize_key

#include "lib/block_tasks.bpf.h"
#include "lib/histogram.bpf.h"

const volatile struct bitesize_config config;

BLOCK_SUBMITTERS(config)

static __always_inline int report_completion(struct request *request, unsigned int bytes,
					     const bool typed)
{
	struct bitesize_key key = {};
	struct block_request whole;

	if (!block_completed(request, bytes, &whole, typed))
		return 0;
	key.is_writeback = whole.is_writeback;
	/* Of the kernel's workers it has one name for all. */
	if (!whole.is_writeback)
		__builtin_memcpy(key.comm, whole.task.comm, sizeof(key.comm));
	histogram_add_keyed(&key, whole.bytes / 1024);
	return 0;
}

BLOCK_HOOKS(tp_btf, true)
BLOCK_HOOKS(raw_tp, false)

char LICENSE[] SEC("license") = "GPL";
