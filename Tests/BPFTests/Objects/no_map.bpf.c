// SPDX-License-Identifier: GPL-2.0
/* A map that no kernel creates: the index of an array has four bytes. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 8);
	__uint(value_size, 8);
} wide_keys SEC(".maps");

SEC("raw_tp/sys_enter")
int look_up(void *context)
{
	__u64 key = 0;

	return bpf_map_lookup_elem(&wide_keys, &key) != NULL;
}

char LICENSE[] SEC("license") = "GPL";
