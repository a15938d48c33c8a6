// SPDX-License-Identifier: GPL-2.0
/* How many block requests of each disk begin where the one before ended. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "biopattern.h"

#define TOTALS_KEY   struct disk_number
#define TOTALS_VALUE struct biopattern_totals

#include "lib/block_pattern.bpf.h"
#include "lib/block_wanted.bpf.h"
#include "lib/totals.bpf.h"

const volatile struct biopattern_config config;

/* Those that the device did not accept, and which are issued again. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct request *);
	__type(value, __u8);
} requeued SEC(".maps");

/* About how many there are, never too few: nearly always none. */
static __u64 requeued_count;

static __always_inline int report_bio(struct bio *bio, const bool typed)
{
	filter_bio(&config.trace.filter, bio);
	return 0;
}

static __always_inline bool request_is_wanted(struct request *request, const bool typed)
{
	struct bio *bio = FIELD(request, bio);

	if (!config.trace.filter.enabled)
		return true;
	if (!bio_is_wanted(bio))
		return false;
	forget_bio(bio);
	return true;
}

static __always_inline int report_issue(struct request *request, const bool typed)
{
	__u32 bytes = FIELD(request, __data_len), pattern;
	struct biopattern_totals *totals;
	struct request *key = request; /* one that a helper had loses its type up to 6.12 */
	struct disk_number disk;

	/* A flush has no place, nor has a command to the driver. */
	if (!bytes || (FIELD(request, cmd_flags) & REQ_OP_MASK) >= REQ_OP_PASSTHROUGH)
		return 0;
	disk = disk_number(request_disk(request, typed), typed);
	if (!disk_passes(&config.disk, disk))
		return 0;
	if (requeued_count && !bpf_map_delete_elem(&requeued, &key)) {
		ATOMIC_ADD(&requeued_count, -1);
		return 0;
	}
	/* All of a disk's are compared, whoever is traced. */
	pattern = pattern_of(request, &disk, bytes, typed);
	if (pattern > PATTERN_RANDOM || !request_is_wanted(request, typed))
		return 0;
	totals = totals_of(&disk);
	if (!totals)
		return 0;
	ATOMIC_ADD(&totals->requests[pattern], 1);
	ATOMIC_ADD(&totals->bytes, bytes);
	return 0;
}

static __always_inline int report_requeue(struct request *request)
{
	__u8 yes = 1;

	if (bpf_map_update_elem(&requeued, &request, &yes, BPF_ANY))
		LEDGER_ADD(map_full);
	else
		ATOMIC_ADD(&requeued_count, 1);
	return 0;
}

#define REQUEUE_HOOK(KIND)                                             \
	SEC(#KIND "/block_rq_requeue")                                 \
	int KIND##_rq_requeue(__u64 *args)                             \
	{                                                              \
		return report_requeue(block_tracepoint_request(args)); \
	}

BLOCK_BIO_HOOKS(tp_btf, true)
BLOCK_ISSUE_HOOK(tp_btf, true)
REQUEUE_HOOK(tp_btf)
BLOCK_BIO_HOOKS(raw_tp, false)
BLOCK_ISSUE_HOOK(raw_tp, false)
REQUEUE_HOOK(raw_tp)

char LICENSE[] SEC("license") = "GPL";
