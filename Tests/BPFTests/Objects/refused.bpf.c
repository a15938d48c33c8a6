// SPDX-License-Identifier: GPL-2.0
/* Programs that the verifier refuses. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} slots SEC(".maps");

static __always_inline int read_past_the_end(void)
{
	__u32 zero = 0;
	__u64 *slot = bpf_map_lookup_elem(&slots, &zero);

	return slot ? slot[bpf_get_prandom_u32() & 0xff] : 0;
}

SEC("raw_tp/sys_enter")
int out_of_bounds(void *context)
{
	return read_past_the_end();
}

/* The verifier walks each turn, so its log is more than a megabyte long. */
SEC("raw_tp/sys_enter")
int out_of_bounds_late(void *context)
{
#pragma clang loop unroll(disable)
	for (volatile int i = 0; i < 5000; i++)
		bpf_get_prandom_u32();
	return read_past_the_end();
}

char LICENSE[] SEC("license") = "GPL";
