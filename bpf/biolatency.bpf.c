// SPDX-License-Identifier: GPL-2.0
/* How long block requests take, as a distribution. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "biolatency.h"

#define HISTOGRAM_KEY struct biolatency_key

#include "lib/block.bpf.h"
#include "lib/field.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/histogram.bpf.h"

const volatile struct biolatency_config config;

/*
 * A request is issued and completed by whoever runs then. The task that wants
 * it is the one that submits its first bio. A bio is looked at when it gets a
 * request, since a large one was cut into several by then, or when it becomes the
 * first of another's.
 */
static __always_inline int report_bio(struct bio *bio)
{
	if (current_passes_inline(&config.trace.filter))
		want_bio(bio);
	else if (bio_is_wanted(bio))
		forget_bio(bio); /* another task's, at the same address */
	return 0;
}

static __always_inline int report_completion(struct request *request, unsigned int bytes,
					     const bool typed)
{
	struct biolatency_key key = {};
	struct bio *bio = FIELD(request, bio);
	__u64 start, now, value;

	if ((config.filters_task && !bio_is_wanted(bio)) || !request_is_done(request, bytes))
		return 0;
	if (config.filters_task)
		forget_bio(bio);
	start = request_began(request, config.queued);
	if (config.filters_disk || config.per_disk) {
		struct gendisk *disk = request_disk(request);

		key.major = BPF_CORE_READ(disk, major);
		key.minor = BPF_CORE_READ(disk, first_minor);
		if (config.filters_disk && (key.major != config.major || key.minor != config.minor))
			return 0;
		if (!config.per_disk)
			key.major = key.minor = 0;
	}
	now = bpf_ktime_get_ns();
	if (!start)
		return 0;
	LEDGER_ADD(seen);
	/* The kernel may stamp with a time that it keeps for a batch. */
	value = now > start ? now - start : 0;
	value /= config.milliseconds ? 1000000 : 1000;
	if (config.per_flags)
		key.flags = BPF_CORE_READ(request, cmd_flags);
	if (config.per_disk || config.per_flags)
		histogram_add_keyed(&key, value);
	else
		histogram_add(value);
	return 0;
}

static __always_inline int report_issue(struct request *request, const bool typed)
{
	if (config.filters_task && !bio_is_wanted(FIELD(request, bio)))
		return 0;
	/* The time of queueing is nearly always in the request. */
	if (config.queued && BPF_CORE_READ(request, start_time_ns))
		return 0;
	request_issued(request);
	return 0;
}

#define BLOCK_HOOKS(KIND, TYPED)                                                                   \
	SEC(#KIND "/block_getrq")                                                                  \
	int KIND##_getrq(__u64 *args)                                                              \
	{                                                                                          \
		return report_bio(block_getrq_bio(args));                                          \
	}                                                                                          \
                                                                                                   \
	SEC(#KIND "/block_bio_frontmerge")                                                         \
	int KIND##_frontmerge(__u64 *args)                                                         \
	{                                                                                          \
		return report_bio(block_frontmerge_bio(args));                                     \
	}                                                                                          \
                                                                                                   \
	SEC(#KIND "/block_rq_issue")                                                               \
	int KIND##_rq_issue(__u64 *args)                                                           \
	{                                                                                          \
		return report_issue(block_tracepoint_request(args), TYPED);                        \
	}                                                                                          \
                                                                                                   \
	SEC(#KIND "/block_rq_complete")                                                            \
	int KIND##_rq_complete(__u64 *args)                                                        \
	{                                                                                          \
		return report_completion((struct request *)args[0], (unsigned int)args[2], TYPED); \
	}

BLOCK_HOOKS(tp_btf, true)
BLOCK_HOOKS(raw_tp, false)

char LICENSE[] SEC("license") = "GPL";
