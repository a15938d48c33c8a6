/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How often there was each of some kind of event. Include it after defining
 * COUNTS_KEY, the type that distinguishes them.
 */
#ifndef LIB_COUNTS_BPF_H
#define LIB_COUNTS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "atomic.bpf.h"
#include "ledger.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, COUNTS_KEY);
	__type(value, __u64);
} counts SEC(".maps");

static __always_inline void count(const COUNTS_KEY *key)
{
	__u64 one = 1, *known = bpf_map_lookup_elem(&counts, key);

	if (!known && !bpf_map_update_elem(&counts, key, &one, BPF_NOEXIST))
		return;
	/* Where the update failed, another CPU may have been faster. */
	if (!known)
		known = bpf_map_lookup_elem(&counts, key);
	if (known)
		ATOMIC_ADD(known, 1);
	else
		LEDGER_ADD(map_full);
}

#endif
