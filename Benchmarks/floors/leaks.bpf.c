// SPDX-License-Identifier: GPL-2.0
/* Memory that is allocated by malloc() and not freed, with the stack that allocated it. */
#include "floor.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u64);
} sizes SEC(".maps");

struct block {
	__u64 size;
	__u64 time_ns;
	__s64 stack;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 524288);
	__type(key, __u64);
	__type(value, struct block);
} blocks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u64[127]);
} stacks SEC(".maps");

SEC("uprobe/libc.so.6:malloc")
int malloc_begins(struct pt_regs *registers)
{
	__u64 thread = bpf_get_current_pid_tgid(), size = PT_REGS_PARM1(registers);

	bpf_map_update_elem(&sizes, &thread, &size, BPF_ANY);
	return 0;
}

SEC("uretprobe/libc.so.6:malloc")
int malloc_ends(struct pt_regs *registers)
{
	__u64 thread = bpf_get_current_pid_tgid(), address = PT_REGS_RC(registers);
	__u64 *size = bpf_map_lookup_elem(&sizes, &thread);
	struct block block = {};

	if (!size)
		return 0;
	block.size = *size;
	block.time_ns = bpf_ktime_get_ns();
	block.stack = bpf_get_stackid(registers, &stacks, BPF_F_USER_STACK);
	bpf_map_delete_elem(&sizes, &thread);
	bpf_map_update_elem(&blocks, &address, &block, BPF_ANY);
	return 0;
}

SEC("uprobe/libc.so.6:free")
int free_begins(struct pt_regs *registers)
{
	__u64 address = PT_REGS_PARM1(registers);

	bpf_map_delete_elem(&blocks, &address);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
