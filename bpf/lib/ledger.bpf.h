/* SPDX-License-Identifier: GPL-2.0 */
/* The account that the programs keep of what they see. */
#ifndef LIB_LEDGER_BPF_H
#define LIB_LEDGER_BPF_H

#include "wire.h"
#include <bpf/bpf_helpers.h>
#include "atomic.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ledger);
} ledger SEC(".maps");

static __always_inline struct ledger *ledger_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&ledger, &zero);
}

/*
 * Counted with an atomic although the counter is this CPU's own: from 5.19 a
 * program of a raw tracepoint can be preempted by another program.
 */
#define LEDGER_ADD(FIELD)                              \
	do {                                           \
		struct ledger *__here = ledger_here(); \
		if (__here)                            \
			ATOMIC_ADD(&__here->FIELD, 1); \
	} while (0)

#endif
