// SPDX-License-Identifier: GPL-2.0
/* How long soft interrupts run, by their vector. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "softirqs.h"

const volatile struct softirqs_config config;

#define SPAN_KEY       struct softirqs_key
#define TOTALS_NUMBERS SOFTIRQS_VECTORS

#include "lib/spans.bpf.h"

static __always_inline int report_end(__u32 vector)
{
	struct softirqs_key key = { .number = vector };
	__u64 nanoseconds = end_span(vector);

	return nanoseconds ? count_span(&key, nanoseconds) : 0;
}

#define SOFTIRQ_HOOKS(KIND)                             \
	SEC(#KIND "/softirq_entry")                     \
	int BPF_PROG(KIND##_entry, unsigned int vector) \
	{                                               \
		return begin_span(vector);              \
	}                                               \
                                                        \
	SEC(#KIND "/softirq_exit")                      \
	int BPF_PROG(KIND##_exit, unsigned int vector)  \
	{                                               \
		return report_end(vector);              \
	}

SOFTIRQ_HOOKS(tp_btf)
SOFTIRQ_HOOKS(raw_tp)

char LICENSE[] SEC("license") = "GPL";
