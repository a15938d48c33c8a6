// SPDX-License-Identifier: GPL-2.0
/* Objects that are allocated from slab caches, where the tracepoint has the cache. */
#include "floor.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, __u64);
	__type(value, __u64);
} allocated SEC(".maps");

SEC("tp_btf/kmem_cache_alloc")
int BPF_PROG(allocate, unsigned long place, const void *object, struct kmem_cache *cache)
{
	__u64 one = 1, key = (__u64)cache, *counted = bpf_map_lookup_elem(&allocated, &key);

	if (counted)
		__sync_fetch_and_add(counted, 1);
	else
		bpf_map_update_elem(&allocated, &key, &one, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
