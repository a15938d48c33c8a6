/* SPDX-License-Identifier: GPL-2.0 */
/* The call stacks of what is counted by them. */
#ifndef STACKS_BPF_H
#define STACKS_BPF_H

#include "floor.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16384);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

#endif
