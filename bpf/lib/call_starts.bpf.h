/* SPDX-License-Identifier: GPL-2.0 */
/* When the system calls that are under way began (syscall_pairs.bpf.h). */
#ifndef LIB_CALL_STARTS_BPF_H
#define LIB_CALL_STARTS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct call_start {
	__u64 time_ns;
	__u64 number;
};

/* Those of calls that may end their task, and never exit, are left until the oldest make room. */
#ifndef CALL_STARTS_TYPE
#define CALL_STARTS_TYPE BPF_MAP_TYPE_HASH
#endif

/* By thread. */
struct {
	__uint(type, CALL_STARTS_TYPE);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct call_start);
} call_starts SEC(".maps");

/* When the call that ends now was entered; 0: not known. */
static __always_inline __u64 call_started(long number)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct call_start *start = bpf_map_lookup_elem(&call_starts, &tid);
	__u64 time_ns = 0;

	if (!start)
		return 0;
	if (start->number == number)
		time_ns = start->time_ns;
	bpf_map_delete_elem(&call_starts, &tid);
	return time_ns;
}

#endif
