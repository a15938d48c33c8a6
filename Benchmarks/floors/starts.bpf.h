/* SPDX-License-Identifier: GPL-2.0 */
/* When the system calls that are under way began, by thread. */
#ifndef STARTS_BPF_H
#define STARTS_BPF_H

#include "floor.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u64);
} starts SEC(".maps");

static __always_inline void keep_start(void)
{
	__u32 thread = bpf_get_current_pid_tgid();
	__u64 now = bpf_ktime_get_ns();

	bpf_map_update_elem(&starts, &thread, &now, BPF_ANY);
}

#endif
