/* SPDX-License-Identifier: GPL-2.0 */
/* Block requests: at which hooks they are met, when they are done, which disk is theirs. */
#ifndef LIB_BLOCK_BPF_H
#define LIB_BLOCK_BPF_H

#include "vmlinux.h"
#include "disk.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "compat_block.bpf.h"
#include "field.bpf.h"

/* linux/blk_types.h: the contents of cmd_flags and bi_opf, the same since 5.10. */
#define REQ_OP_MASK	   0xff
#define REQ_OP_READ	   0
#define REQ_OP_WRITE	   1
#define REQ_OP_FLUSH	   2
#define REQ_OP_DISCARD	   3
/* The first operation that passes through to the driver, such as an ioctl. */
#define REQ_OP_PASSTHROUGH 32
#define REQ_FUA		   (1U << 17)
#define REQ_PREFLUSH	   (1U << 18)
#define REQ_BACKGROUND	   (1U << 20)

/* The unit of sectors, whatever the disk's own is (linux/blk_types.h). */
#define SECTOR_SIZE	   512

/*
 * Whether the whole request is done. The tracepoint also reports parts, and
 * before the length is reduced.
 */
static __always_inline bool request_is_done(struct request *request, unsigned int bytes,
					    const bool typed)
{
	return bytes >= FIELD(request, __data_len);
}

/* The number of a disk. */
static __always_inline struct disk_number disk_number(struct gendisk *disk, const bool typed)
{
	struct disk_number number = {
		.major = FIELD(disk, major),
		.minor = FIELD(disk, first_minor),
	};

	return number;
}

static __always_inline bool disk_passes(const volatile struct disk_filter *filter,
					struct disk_number disk)
{
	return !filter->enabled ||
	       (disk.major == filter->disk.major && disk.minor == filter->disk.minor);
}

/*
 * A request is issued and completed by whoever runs then. The task that wants
 * it is the one that submits its first bio. A bio is looked at when it gets a
 * request, since a large one was cut into several by then, or when it becomes the
 * first of another's.
 *
 * A tool defines report_bio(), report_issue() and report_completion() for the hooks that
 * it has. In all of them typed tells whether the verifier knows the types of what they
 * get.
 */
#define BLOCK_HOOKS(KIND, TYPED)      \
	BLOCK_BIO_HOOKS(KIND, TYPED)  \
	BLOCK_ISSUE_HOOK(KIND, TYPED) \
	BLOCK_COMPLETION_HOOK(KIND, TYPED)

#define BLOCK_BIO_HOOKS(KIND, TYPED)                                  \
	SEC(#KIND "/block_getrq")                                     \
	int KIND##_getrq(__u64 *args)                                 \
	{                                                             \
		return report_bio(block_getrq_bio(args), TYPED);      \
	}                                                             \
                                                                      \
	SEC(#KIND "/block_bio_frontmerge")                            \
	int KIND##_frontmerge(__u64 *args)                            \
	{                                                             \
		return report_bio(block_frontmerge_bio(args), TYPED); \
	}

#define BLOCK_ISSUE_HOOK(KIND, TYPED)                                       \
	SEC(#KIND "/block_rq_issue")                                        \
	int KIND##_rq_issue(__u64 *args)                                    \
	{                                                                   \
		return report_issue(block_tracepoint_request(args), TYPED); \
	}

#define BLOCK_COMPLETION_HOOK(KIND, TYPED)                                                         \
	SEC(#KIND "/block_rq_complete")                                                            \
	int KIND##_rq_complete(__u64 *args)                                                        \
	{                                                                                          \
		return report_completion((struct request *)args[0], (unsigned int)args[2], TYPED); \
	}

#endif
