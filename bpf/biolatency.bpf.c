// SPDX-License-Identifier: GPL-2.0
/* How long block requests take, as a distribution. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "biolatency.h"

#define HISTOGRAM_KEY struct biolatency_key

#include "lib/block_starts.bpf.h"
#include "lib/block_wanted.bpf.h"
#include "lib/histogram.bpf.h"

const volatile struct biolatency_config config;

static __always_inline int report_bio(struct bio *bio, const bool typed)
{
	filter_bio(&config.trace.filter, bio);
	return 0;
}

static __always_inline int report_completion(struct request *request, unsigned int bytes,
					     const bool typed)
{
	struct biolatency_key key = {};
	struct bio *bio = FIELD(request, bio);
	__u64 start, now, value;

	if ((config.trace.filter.enabled && !bio_is_wanted(bio)) ||
	    !request_is_done(request, bytes, typed))
		return 0;
	if (config.trace.filter.enabled)
		forget_bio(bio);
	start = request_began(request, config.queued, typed);
	if (config.disk.enabled || config.per_disk) {
		struct disk_number disk = disk_number(request_disk(request, typed), typed);

		if (!disk_passes(&config.disk, disk))
			return 0;
		if (config.per_disk)
			key.disk = disk;
	}
	now = bpf_ktime_get_ns();
	if (!start)
		return 0;
	/* The kernel may stamp with a time that it keeps for a batch. */
	value = now > start ? now - start : 0;
	value /= config.milliseconds ? 1000000 : 1000;
	if (config.per_flags)
		key.flags = FIELD(request, cmd_flags);
	if (config.per_disk || config.per_flags)
		histogram_add_keyed(&key, value);
	else
		histogram_add(value);
	return 0;
}

static __always_inline int report_issue(struct request *request, const bool typed)
{
	if (config.trace.filter.enabled && !bio_is_wanted(FIELD(request, bio)))
		return 0;
	/* The time of queueing is nearly always in the request. */
	if (config.queued && FIELD(request, start_time_ns))
		return 0;
	request_issued(request, typed);
	return 0;
}

BLOCK_HOOKS(tp_btf, true)
BLOCK_HOOKS(raw_tp, false)

char LICENSE[] SEC("license") = "GPL";
