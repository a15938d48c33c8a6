/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LIB_FILTER_PIDS_BPF_H
#define LIB_FILTER_PIDS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define FLAGS_PER_ENTRY sizeof(__u64)

/*
 * The processes to trace, when there is more than one or when they are followed: a
 * byte for each number, eight to an entry, since to find a number in a hash costs
 * ten times as much.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, __u32);
	__type(value, __u64);
} filter_pids SEC(".maps");

/* The flag of a process, or NULL where its number is greater than all that are listed. */
static __always_inline __u8 *filter_pid_flag(__u32 pid)
{
	__u32 entry = pid / FLAGS_PER_ENTRY;
	__u8 *flags = bpf_map_lookup_elem(&filter_pids, &entry);

	return flags ? flags + pid % FLAGS_PER_ENTRY : NULL;
}

static __always_inline bool filter_pid_is_listed(__u32 pid)
{
	__u8 *flag = filter_pid_flag(pid);

	return flag && *flag;
}

#endif
