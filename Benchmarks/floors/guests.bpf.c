// SPDX-License-Identifier: GPL-2.0
/* Returns of virtual CPUs to user space. */
#include "floor.bpf.h"

struct reason {
	__u64 ids;
	__u32 reason;
	__u32 padding;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, struct reason);
	__type(value, __u64);
} reasons SEC(".maps");

SEC("raw_tp/kvm_userspace_exit")
int BPF_PROG(guest_returns, __u32 reason)
{
	struct reason key = { .ids = bpf_get_current_pid_tgid(), .reason = reason };
	__u64 *count = bpf_map_lookup_elem(&reasons, &key), one = 1;

	if (count)
		(void)__atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
	else
		bpf_map_update_elem(&reasons, &key, &one, BPF_NOEXIST);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
