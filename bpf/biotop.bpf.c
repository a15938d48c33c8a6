// SPDX-License-Identifier: GPL-2.0
/* What each process moves to and from disks. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "biotop.h"

#define TOTALS_KEY   struct biotop_key
#define TOTALS_VALUE struct biotop_totals

#include "lib/block_tasks.bpf.h"
#include "lib/totals.bpf.h"

const volatile struct biotop_config config;

BLOCK_SUBMITTERS(config)

static __always_inline int report_completion(struct request *request, unsigned int bytes,
					     const bool typed)
{
	struct biotop_totals *totals;
	struct biotop_key key = {};
	struct block_request whole;

	if (!block_completed(request, bytes, &whole, typed))
		return 0;
	key.disk = whole.disk;
	key.pid = whole.task.pid;
	key.operation = whole.flags & REQ_OP_MASK;
	key.is_writeback = whole.is_writeback;
	__builtin_memcpy(key.comm, whole.task.comm, sizeof(key.comm));
	totals = totals_of(&key);
	if (!totals)
		return 0;
	ATOMIC_ADD(&totals->requests, 1);
	ATOMIC_ADD(&totals->bytes, whole.bytes);
	ATOMIC_ADD(&totals->latency_ns, bpf_ktime_get_ns() - whole.issued_ns);
	return 0;
}

BLOCK_HOOKS(tp_btf, true)
BLOCK_HOOKS(raw_tp, false)

char LICENSE[] SEC("license") = "GPL";
