// SPDX-License-Identifier: GPL-2.0
/* How often one user's programs are started, by name. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "execs.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct execs_name);
	__type(value, __u64);
} counts SEC(".maps");

/* Set before the programs are loaded. */
const volatile __u32 uid;

static __always_inline int count(void)
{
	struct execs_name name = {};
	__u64 zero = 0, *starts;

	if ((__u32)bpf_get_current_uid_gid() != uid)
		return 0;
	bpf_get_current_comm(&name, sizeof(name));
	bpf_map_update_elem(&counts, &name, &zero, BPF_NOEXIST);
	starts = bpf_map_lookup_elem(&counts, &name);
	if (starts)
		__sync_fetch_and_add(starts, 1);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int exec_typed(void *context)
{
	return count();
}

/* For kernels without type information. */
SEC("raw_tp/sched_process_exec")
int exec_raw(void *context)
{
	return count();
}

char LICENSE[] SEC("license") = "GPL";
