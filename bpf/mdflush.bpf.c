// SPDX-License-Identifier: GPL-2.0
/* Flushes of arrays of disks, when they are submitted. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "mdflush.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/write_back.bpf.h"

const volatile struct mdflush_config config;

static __always_inline bool is_wanted(struct disk_number disk)
{
	if (config.disk.enabled)
		return disk_passes(&config.disk, disk);
	return config.all || disk.major == config.majors[0] ||
	       (config.majors[1] && disk.major == config.majors[1]);
}

static __noinline int report_flush(__u64 disk, __u32 flags)
{
	struct mdflush_event event = { .flags = flags };

	if (!current_passes(&config.trace.filter))
		return 0;
	LEDGER_ADD(seen);
	fill_header(&config.trace, &event.header);
	event.disk.major = disk >> 32;
	event.disk.minor = disk;
	event.is_writeback = current_writes_back(flags);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

static __always_inline int report_bio(struct bio *bio, const bool typed)
{
	__u32 flags = FIELD(bio, bi_opf);
	struct disk_number disk;

	if (!(flags & REQ_PREFLUSH))
		return 0;
	disk = disk_number(bio_disk(bio, typed), typed);
	return is_wanted(disk) ? report_flush((__u64)disk.major << 32 | disk.minor, flags) : 0;
}

SEC("tp_btf/block_bio_queue")
int tp_btf_bio_queue(__u64 *args)
{
	return report_bio(block_queue_bio(args), true);
}

SEC("raw_tp/block_bio_queue")
int raw_tp_bio_queue(__u64 *args)
{
	return report_bio(block_queue_bio(args), false);
}

char LICENSE[] SEC("license") = "GPL";
