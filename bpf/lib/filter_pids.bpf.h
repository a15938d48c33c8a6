/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LIB_FILTER_PIDS_BPF_H
#define LIB_FILTER_PIDS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

/* The processes to trace, when there is more than one or when they are followed. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, __u32);
	__type(value, __u8);
} filter_pids SEC(".maps");

#endif
