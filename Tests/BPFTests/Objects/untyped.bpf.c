// SPDX-License-Identifier: GPL-2.0
/* Compiled without -g: there is no BTF in which a variable could be found. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

__u32 number;

SEC("raw_tp/sys_enter")
int read_number(void *context)
{
	return number;
}

char LICENSE[] SEC("license") = "GPL";
