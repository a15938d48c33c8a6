// SPDX-License-Identifier: GPL-2.0
/* Pages that reads ask of the page cache, where the kernel allows tracepoints alone. */
#include "floor.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} asked SEC(".maps");

/* A read that is continued counts again, which this does not know. */
SEC("tp_btf/mm_filemap_get_pages")
int BPF_PROG(ask, struct address_space *mapping, unsigned long first, unsigned long last)
{
	__u32 zero = 0;
	__u64 *counted = bpf_map_lookup_elem(&asked, &zero);

	if (counted)
		*counted += last - first + 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
