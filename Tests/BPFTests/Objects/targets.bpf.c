// SPDX-License-Identifier: GPL-2.0
/* Programs for hooks that are there, are not, or are refused. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

__u64 hits;

SEC("raw_tp/sys_enter")
int raw(void *context)
{
	__sync_fetch_and_add(&hits, 1);
	return 0;
}

SEC("tp_btf/sys_enter")
int typed(void *context)
{
	__sync_fetch_and_add(&hits, 1);
	return 0;
}

SEC("tp_btf/no_such_tracepoint")
int typed_missing(void *context)
{
	return 0;
}

SEC("raw_tp/no_such_tracepoint")
int raw_missing(void *context)
{
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_no_such_call")
int classic_missing(void *context)
{
	return 0;
}

SEC("fexit/do_sys_openat2")
int function_exit(void *context)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
