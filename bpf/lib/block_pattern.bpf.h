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

/* Of a request with data that is issued to its disk. */
static __always_inline __u32 pattern_of(struct request *request, const struct disk_number *disk,
					__u32 bytes, const bool typed)
{
	__u64 sector = FIELD(request, __sector), next = sector + bytes / SECTOR_SIZE;
	__u64 *last = bpf_map_lookup_elem(&last_sectors, disk);
	__u32 pattern;

	if (!last) {
		bpf_map_update_elem(&last_sectors, disk, &next, BPF_ANY);
		return PATTERN_UNKNOWN;
	}
	pattern = *last == sector ? PATTERN_SEQUENTIAL : PATTERN_RANDOM;
	*last = next;
	return pattern;
}

#endif
