/* SPDX-License-Identifier: GPL-2.0 */
/* Differences between kernels as in compat.bpf.h: block requests. */
#ifndef LIB_COMPAT_BLOCK_BPF_H
#define LIB_COMPAT_BLOCK_BPF_H

#include "compat.bpf.h"

/*
 * The disk of a request. From 5.17 it is reached by the queue only
 * (f3fa33acca9f "block: remove the ->rq_disk field in struct request").
 */
static __always_inline struct gendisk *request_disk(struct request *request, const bool typed)
{
	struct request___before_5_17 *older = (void *)request;
	struct request_queue *queue;

	if (bpf_core_field_exists(older->rq_disk))
		return FIELD(older, rq_disk);
	queue = FIELD(request, q);
	return FIELD(queue, disk);
}

/*
 * The disk that a bio is for. From 5.12 it is reached by the block device
 * (309dca309fc3 "block: store a block_device pointer in struct bio").
 */
static __always_inline struct gendisk *bio_disk(struct bio *bio, const bool typed)
{
	struct bio___before_5_12 *older = (void *)bio;
	struct block_device *device;

	if (!bpf_core_field_exists(bio->bi_bdev))
		return FIELD(older, bi_disk);
	device = FIELD(bio, bi_bdev);
	return FIELD(device, bd_disk);
}

/*
 * Whether something counts on the times in a queue's requests: a count from
 * 5.17 (68497092bde9 "block: make queue stat accounting a reference"), a flag
 * before.
 */
static __always_inline bool queue_accounts(struct blk_queue_stats *stats, const bool typed)
{
	struct blk_queue_stats___before_5_17 *older = (void *)stats;

	if (bpf_core_field_exists(stats->accounting))
		return FIELD(stats, accounting);
	return FIELD(older, enable_accounting);
}

/*
 * The block tracepoints lost their queue argument in 5.11 (a54895fa057c
 * "block: remove the request_queue to argument request based tracepoints"),
 * and 5.10.137 took that change too, so only the tracepoint's own prototype
 * tells. The typedef with one argument more exists where the queue is passed.
 */
typedef void (*btf_trace_block_rq_issue___with_queue)(void *, struct request_queue *,
						      struct request *);

typedef void (*btf_trace_block_getrq___with_queue)(void *, struct request_queue *, struct bio *,
						   int);

typedef void (*btf_trace_block_bio_frontmerge___with_queue)(void *, struct request_queue *,
							    struct request *, struct bio *);

typedef void (*btf_trace_block_bio_queue___with_queue)(void *, struct request_queue *,
						       struct bio *);

/* The same for bios (e8a676d61c07 "block: simplify and extend the block_bio_* tracepoints"). */
static __always_inline struct bio *block_getrq_bio(__u64 *args)
{
	if (bpf_core_type_exists(btf_trace_block_getrq___with_queue))
		return ARGUMENT(struct bio *, args, 1);
	return (struct bio *)args[0];
}

static __always_inline struct bio *block_frontmerge_bio(__u64 *args)
{
	if (bpf_core_type_exists(btf_trace_block_bio_frontmerge___with_queue))
		return ARGUMENT(struct bio *, args, 2);
	return (struct bio *)args[0];
}

static __always_inline struct bio *block_queue_bio(__u64 *args)
{
	if (bpf_core_type_exists(btf_trace_block_bio_queue___with_queue))
		return ARGUMENT(struct bio *, args, 1);
	return (struct bio *)args[0];
}

static __always_inline struct request *block_tracepoint_request(__u64 *args)
{
	if (bpf_core_type_exists(btf_trace_block_rq_issue___with_queue))
		return ARGUMENT(struct request *, args, 1);
	return (struct request *)args[0];
}

#endif
