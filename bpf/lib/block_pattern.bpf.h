/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether a block request begins where the one before it on its disk ended, in the
 * order of their issue, which is not that of their completion where a disk has several
 * queues.
 */
#ifndef LIB_BLOCK_PATTERN_BPF_H
#define LIB_BLOCK_PATTERN_BPF_H

#include "block.bpf.h"

/* Where the last request that was issued to a disk ended. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct disk_number);
	__type(value, __u64);
} last_sectors SEC(".maps");

/*
 * The same for the first disk of each place, which a busy machine finds in a third of the
 * time. No place changes hands, and which disk has it is settled by the map of owners.
 */
struct disk_end {
	struct disk_number disk;
	__u64 sector;
};

#define DISK_ENDS 256

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DISK_ENDS);
	__type(key, __u32);
	__type(value, struct disk_end);
} disk_ends SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, DISK_ENDS);
	__type(key, __u32);
	__type(value, __u8);
} disk_end_owners SEC(".maps");

/* A driver numbers its disks one by one, or in steps of sixteen. */
static __always_inline __u32 disk_place(const struct disk_number *disk)
{
	return (disk->major * 37 + (disk->minor ^ disk->minor >> 4)) % DISK_ENDS;
}

/* Remembers where the first request of a disk ended. */
static __always_inline void begin_disk_end(struct disk_end *end, __u32 place,
					   const struct disk_number *disk, __u64 next)
{
	__u8 yes = 1;

	if (!end->disk.major && !bpf_map_update_elem(&disk_end_owners, &place, &yes, BPF_NOEXIST)) {
		end->sector = next;
		barrier();
		end->disk = *disk;
	} else {
		bpf_map_update_elem(&last_sectors, disk, &next, BPF_ANY);
	}
}

/* Of a request with data that is issued to its disk. */
static __always_inline __u32 pattern_of(struct request *request, const struct disk_number *disk,
					__u32 bytes, const bool typed)
{
	__u64 sector = FIELD(request, __sector), next = sector + bytes / SECTOR_SIZE, *last;
	__u32 place = disk_place(disk), pattern;
	struct disk_end *end = bpf_map_lookup_elem(&disk_ends, &place);

	if (!end)
		return PATTERN_UNKNOWN;
	if (end->disk.major == disk->major && end->disk.minor == disk->minor)
		last = &end->sector;
	else
		last = bpf_map_lookup_elem(&last_sectors, disk);
	if (!last) {
		begin_disk_end(end, place, disk, next);
		return PATTERN_UNKNOWN;
	}
	pattern = *last == sector ? PATTERN_SEQUENTIAL : PATTERN_RANDOM;
	*last = next;
	return pattern;
}

#endif
