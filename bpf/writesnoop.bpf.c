// SPDX-License-Identifier: GPL-2.0
/* Who dirties pages of which file, and how much is written to the disks. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "writesnoop.h"
#include "lib/kernel_read.bpf.h"

#define TOTALS_KEY   struct writesnoop_key
#define TOTALS_VALUE struct writesnoop_totals

#include "lib/block.bpf.h"
#include "lib/event_header.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/totals.bpf.h"
#include "lib/write_back.bpf.h"
#include "writesnoop.bpf.h"

/* linux/stat.h */
#define S_IFMT	0170000
#define S_IFREG 0100000
#define S_IFBLK 0060000

const volatile struct writesnoop_config config;

/* linux/kdev_t.h */
static __always_inline struct disk_number device_number(__u32 device)
{
	struct disk_number number = { .major = device >> 20, .minor = device & 0xfffff };

	return number;
}

/* What does not change while the totals are kept. */
static __noinline int describe_file(struct inode *inode, struct writesnoop_totals *totals)
{
	struct super_block *file_system = KERNEL_READ(inode, i_sb);

	if (!totals)
		return 0;
	totals->uid = bpf_get_current_uid_gid();
	if (totals->is_device)
		return 0;
	BPF_CORE_READ_STR_INTO(&totals->device, file_system, s_id);
	return read_inode_path(inode, &totals->path);
}

/* The disk that the pages of an inode are on; number 0 where that is not one disk alone. */
static __always_inline struct disk_number inode_disk(struct inode *inode, bool is_device,
						     const bool typed)
{
	struct super_block *file_system;
	struct block_device *device;
	struct gendisk *disk = NULL;
	struct disk_number none = {};

	if (is_device) {
		struct bdev_inode *whole =
			(void *)inode - bpf_core_field_offset(struct bdev_inode, vfs_inode);

		return disk_number(KERNEL_READ(whole, bdev.bd_disk), false);
	}
	file_system = FIELD(inode, i_sb);
	device = FIELD(file_system, s_bdev);
	if (device)
		disk = FIELD(device, bd_disk);
	return disk ? disk_number(disk, typed) : none;
}

static __always_inline int report_dirty(void *folio, struct address_space *mapping,
					const bool typed)
{
	struct writesnoop_key key __attribute__((aligned(8))) = {};
	struct writesnoop_totals *totals;
	struct super_block *file_system;
	struct task_struct *task;
	struct inode *inode;
	bool is_device;
	__u32 type;

	if (!mapping || !current_passes(&config.trace.filter))
		return 0;
	task = current_task();
	inode = FIELD(mapping, host);
	type = FIELD(inode, i_mode) & S_IFMT;
	is_device = type == S_IFBLK;
	/* What could not be written back yet is not dirtied anew. */
	if (type == S_IFREG && task_writes_back(task, REQ_OP_WRITE))
		return 0;
	if (config.disk.enabled && !disk_passes(&config.disk, inode_disk(inode, is_device, typed)))
		return 0;
	file_system = FIELD(inode, i_sb);
	key.device = device_number(is_device ? FIELD(inode, i_rdev) : FIELD(file_system, s_dev));
	key.inode = FIELD(inode, i_ino);
	key.pid = current_process(task, config.trace.pid_namespace);
	copy_current_comm(key.comm, task);
	totals = totals_of(&key);
	if (!totals)
		return 0;
	if (!totals->events) {
		totals->disk = inode_disk(inode, is_device, typed);
		totals->is_device = is_device;
		describe_file(inode, totals);
	}
	ATOMIC_ADD(&totals->events, 1);
	ATOMIC_ADD(&totals->dirtied, folio_page_count(folio));
	return 0;
}

/* A bio is met here once for each device that it goes through, before it is split or merged. */
static __always_inline int report_queue(struct bio *bio, const bool typed)
{
	struct writesnoop_key key = { .is_disk = 1 };
	__u32 flags = FIELD(bio, bi_opf), bytes = FIELD(bio, bi_iter.bi_size);
	struct writesnoop_totals *totals;
	struct gendisk *disk;

	if ((flags & REQ_OP_MASK) != REQ_OP_WRITE || !bytes)
		return 0;
	disk = bio_disk(bio, typed);
	key.device = disk_number(disk, typed);
	if (!disk_passes(&config.disk, key.device))
		return 0;
	totals = totals_of(&key);
	if (!totals)
		return 0;
	totals->disk = key.device;
	ATOMIC_ADD(&totals->events, 1);
	ATOMIC_ADD(&totals->written, bytes);
	if (current_writes_back(flags))
		ATOMIC_ADD(&totals->flushed, bytes);
	return 0;
}

#define HOOKS(KIND, TYPED)                                                                    \
	SEC(#KIND "/writeback_dirty_folio")                                                   \
	int KIND##_dirty_folio(__u64 *args)                                                   \
	{                                                                                     \
		return report_dirty((void *)args[0], (struct address_space *)args[1], TYPED); \
	}                                                                                     \
                                                                                              \
	SEC(#KIND "/writeback_dirty_page")                                                    \
	int KIND##_dirty_page(__u64 *args)                                                    \
	{                                                                                     \
		return report_dirty((void *)args[0], (struct address_space *)args[1], TYPED); \
	}                                                                                     \
                                                                                              \
	SEC(#KIND "/block_bio_queue")                                                         \
	int KIND##_bio_queue(__u64 *args)                                                     \
	{                                                                                     \
		return report_queue(block_queue_bio(args), TYPED);                            \
	}

HOOKS(tp_btf, true)
HOOKS(raw_tp, false)

char LICENSE[] SEC("license") = "GPL";
