// SPDX-License-Identifier: GPL-2.0
/* Pages that reads ask of the page cache, where the kernel allows tracepoints alone. */
#include "floor.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} asked SEC(".maps");

struct part {
	__u64 mapping;
	__u64 first;
	__u64 last;
};

/* What each thread wanted last. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct part);
} last_parts SEC(".maps");

/* Whether this is not what a read still wants once a part of it was found. */
static __always_inline bool is_new(struct address_space *mapping, __u64 first, __u64 last)
{
	__u32 thread = bpf_get_current_pid_tgid();
	struct part part = { (__u64)mapping, first, last };
	struct part *before = bpf_map_lookup_elem(&last_parts, &thread);
	bool answer;

	if (!before) {
		bpf_map_update_elem(&last_parts, &thread, &part, BPF_ANY);
		return true;
	}
	answer = before->mapping != part.mapping || before->last != last || before->first >= first;
	*before = part;
	return answer;
}

/* Without what a read asks for again. */
SEC("tp_btf/mm_filemap_get_pages")
int BPF_PROG(ask_once, struct address_space *mapping, unsigned long first, unsigned long last)
{
	__u32 zero = 0;
	__u64 *counted = bpf_map_lookup_elem(&asked, &zero);

	if (counted && is_new(mapping, first, last))
		*counted += last - first + 1;
	return 0;
}

struct process {
	char comm[16];
	__u32 pid;
	__u32 uid;
} __attribute__((aligned(8)));

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, struct process);
	__type(value, __u64);
} asked_by_process SEC(".maps");

static __always_inline void count_by_process(__u64 pages)
{
	struct process key = {
		.pid = bpf_get_current_pid_tgid() >> 32,
		.uid = bpf_get_current_uid_gid(),
	};
	__u64 *counted;

	bpf_get_current_comm(key.comm, sizeof(key.comm));
	counted = bpf_map_lookup_elem(&asked_by_process, &key);
	if (counted)
		__sync_fetch_and_add(counted, pages);
	else
		bpf_map_update_elem(&asked_by_process, &key, &pages, BPF_ANY);
}

SEC("tp_btf/mm_filemap_get_pages")
int BPF_PROG(ask_once_by_process, struct address_space *mapping, unsigned long first,
	     unsigned long last)
{
	if (is_new(mapping, first, last))
		count_by_process(last - first + 1);
	return 0;
}

struct dirtied_file {
	__u64 inode;
	__u64 pid;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, struct dirtied_file);
	__type(value, __u64);
} dirtied_by_process SEC(".maps");

/* Pages that a process dirties of a file. */
SEC("tp_btf/writeback_dirty_folio")
int BPF_PROG(dirty_folio, struct folio *folio, struct address_space *mapping)
{
	struct dirtied_file key = { .pid = bpf_get_current_pid_tgid() >> 32 };
	__u64 one = 1, *counted;

	if (!mapping)
		return 0;
	key.inode = mapping->host->i_ino;
	counted = bpf_map_lookup_elem(&dirtied_by_process, &key);
	if (counted)
		__sync_fetch_and_add(counted, 1);
	else
		bpf_map_update_elem(&dirtied_by_process, &key, &one, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
