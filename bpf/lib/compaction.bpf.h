/* SPDX-License-Identifier: GPL-2.0 */
/* What the tracepoints of compaction pass, whose arguments differ between kernels. */
#ifndef LIB_COMPACTION_BPF_H
#define LIB_COMPACTION_BPF_H

#include "compat.bpf.h"

/*
 * The tracepoints of compaction pass its control on new kernels (6.1 does, 5.10 does not),
 * before that places in the zone, one more at the begin.
 */
typedef void (*btf_trace_mm_compaction_begin___with_control)(void *, struct compact_control *,
							     unsigned long, unsigned long, bool);

static __always_inline bool compaction_has_control(void)
{
	return bpf_core_type_exists(btf_trace_mm_compaction_begin___with_control);
}

static __always_inline bool compaction_is_sync(__u64 *args)
{
	if (compaction_has_control())
		return ARGUMENT(__u64, args, 3) & 1;
	return ARGUMENT(__u64, args, 4) & 1;
}

/* What came of it, at its end. */
static __always_inline __u32 compaction_result(__u64 *args)
{
	if (compaction_has_control())
		return ARGUMENT(__u64, args, 4);
	return ARGUMENT(__u64, args, 5);
}

#endif
