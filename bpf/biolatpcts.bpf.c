// SPDX-License-Identifier: GPL-2.0
/* How long block requests take, by what they do, finely enough for percentiles. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "biolatpcts.h"

#define FINE_HISTOGRAMS BIOLATPCTS_KINDS

#include "lib/block_latency.bpf.h"
#include "lib/fine_histogram.bpf.h"

const volatile struct biolatpcts_config config;

BLOCK_LATENCY(config.trace, config.from)

/* What a request does, or BIOLATPCTS_KINDS of one that is not told apart. */
static __always_inline __u32 request_kind(__u32 flags)
{
	switch (flags & REQ_OP_MASK) {
	case REQ_OP_READ:
		return BIOLATPCTS_READ;
	case REQ_OP_WRITE:
		return BIOLATPCTS_WRITE;
	case REQ_OP_DISCARD:
		return BIOLATPCTS_DISCARD;
	case REQ_OP_FLUSH:
		return BIOLATPCTS_FLUSH;
	}
	return BIOLATPCTS_KINDS;
}

static __always_inline int report_completion(struct request *request, unsigned int bytes,
					     const bool typed)
{
	__u32 kind = request_kind(FIELD(request, cmd_flags));
	__u64 nanoseconds;

	if (kind < BIOLATPCTS_KINDS && block_took(&config.trace, &config.disk, config.from, request,
						  bytes, &nanoseconds, typed))
		fine_count(kind, nanoseconds);
	return 0;
}

BLOCK_HOOKS(tp_btf, true)
BLOCK_HOOKS(raw_tp, false)

char LICENSE[] SEC("license") = "GPL";
