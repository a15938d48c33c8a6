// SPDX-License-Identifier: GPL-2.0
/* How long block requests take, as a distribution. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "biolatency.h"

#define HISTOGRAM_KEY struct biolatency_key

#include "lib/block_latency.bpf.h"
#include "lib/histogram.bpf.h"

const volatile struct biolatency_config config;

BLOCK_LATENCY(config.trace, config.queued)

static __always_inline int report_completion(struct request *request, unsigned int bytes,
					     const bool typed)
{
	struct biolatency_key key = {};
	__u64 value;

	if (!block_took(&config.trace, &config.disk, config.queued, request, bytes, &value, typed))
		return 0;
	value /= config.milliseconds ? 1000000 : 1000;
	if (config.per_disk)
		key.disk = disk_number(request_disk(request, typed), typed);
	if (config.per_flags)
		key.flags = FIELD(request, cmd_flags);
	if (config.per_disk || config.per_flags)
		histogram_add_keyed(&key, value);
	else
		histogram_add(value);
	return 0;
}

BLOCK_HOOKS(tp_btf, true)
BLOCK_HOOKS(raw_tp, false)

char LICENSE[] SEC("license") = "GPL";
