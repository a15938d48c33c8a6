// SPDX-License-Identifier: GPL-2.0
/* Functions of the C library: how long one takes, and which host was looked up. */
#include "floor.bpf.h"

struct lookup {
	__u64 began;
	const char *host;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct lookup);
} lookups SEC(".maps");

static __always_inline int begin(struct pt_regs *registers)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct lookup lookup = {
		.began = bpf_ktime_get_ns(),
		.host = (const char *)PT_REGS_PARM1(registers),
	};

	bpf_map_update_elem(&lookups, &thread, &lookup, BPF_ANY);
	return 0;
}

SEC("uprobe/libc.so.6:syscall")
int call_begins(struct pt_regs *registers)
{
	return begin(registers);
}

SEC("uretprobe/libc.so.6:syscall")
int call_ends(struct pt_regs *registers)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct lookup *lookup = bpf_map_lookup_elem(&lookups, &thread);

	if (!lookup)
		return 0;
	distribute(bpf_ktime_get_ns() - lookup->began);
	bpf_map_delete_elem(&lookups, &thread);
	return 0;
}

SEC("uprobe/libc.so.6:getaddrinfo")
int lookup_begins(struct pt_regs *registers)
{
	return begin(registers);
}

struct looked_up {
	struct who who;
	__u64 time;
	__s64 result;
	char host[64];
};

SEC("uretprobe/libc.so.6:getaddrinfo")
int lookup_ends(struct pt_regs *registers)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct lookup *lookup = bpf_map_lookup_elem(&lookups, &thread);
	struct looked_up looked_up = { .result = PT_REGS_RC(registers) };

	if (!lookup)
		return 0;
	describe(&looked_up.who);
	looked_up.time = looked_up.who.time_ns - lookup->began;
	bpf_probe_read_user_str(looked_up.host, sizeof(looked_up.host), lookup->host);
	bpf_map_delete_elem(&lookups, &thread);
	emit(&looked_up, sizeof(looked_up));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
