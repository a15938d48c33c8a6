// SPDX-License-Identifier: GPL-2.0
/* One event for each block request. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "biosnoop.h"

#include "lib/block_pattern.bpf.h"
#include "lib/block_tasks.bpf.h"
#include "lib/events.bpf.h"

const volatile struct biosnoop_config config;

static __always_inline int report_bio(struct bio *bio, const bool typed)
{
	block_submitted(&config.trace, bio, typed);
	return 0;
}

static __always_inline int report_issue(struct request *request, const bool typed)
{
	__u32 bytes = FIELD(request, __data_len), pattern = PATTERN_UNKNOWN;
	struct block_request *state;

	/* Of all requests with data, whoever is traced. */
	if (config.pattern && bytes &&
	    (FIELD(request, cmd_flags) & REQ_OP_MASK) < REQ_OP_PASSTHROUGH) {
		struct disk_number disk = disk_number(request_disk(request, typed), typed);

		pattern = pattern_of(request, &disk, bytes, typed);
	}
	state = block_issued(&config.trace, &config.disk, request, typed);
	if (state)
		state->mark = pattern;
	return 0;
}

static __always_inline int report_completion(struct request *request, unsigned int bytes,
					     const bool typed)
{
	struct block_request whole;
	struct biosnoop_event event = {};

	if (!block_completed(request, bytes, &whole, typed))
		return 0;
	event.header = whole.task;
	event.header.time_ns = bpf_ktime_get_ns();
	event.latency_ns = event.header.time_ns - whole.issued_ns;
	if (event.latency_ns < config.min_ns)
		return 0;
	LEDGER_ADD(seen);
	event.queue_ns = whole.issued_ns - whole.task.time_ns;
	event.sector = whole.sector;
	event.disk = whole.disk;
	event.bytes = whole.bytes;
	event.flags = whole.flags;
	event.is_writeback = whole.is_writeback;
	event.pattern = whole.mark;
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

BLOCK_HOOKS(tp_btf, true)
BLOCK_HOOKS(raw_tp, false)

char LICENSE[] SEC("license") = "GPL";
