// SPDX-License-Identifier: GPL-2.0
/* How long the handlers of hardware interrupts run. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "hardirqs.h"

const volatile struct hardirqs_config config;

#define SPAN_KEY struct hardirqs_key

#include "lib/field.bpf.h"
#include "lib/spans.bpf.h"

static __always_inline int report_end(int interrupt, struct irqaction *action, const bool typed)
{
	struct hardirqs_key key = { .number = interrupt };
	__u64 nanoseconds = end_span(interrupt);

	if (!nanoseconds)
		return 0;
	bpf_probe_read_kernel_str(key.name, sizeof(key.name), FIELD(action, name));
	return count_span(&key, nanoseconds);
}

/* What has no handler, but a vector of the CPU. */
static __always_inline int report_vector_end(int vector, const char *name, const __u32 size)
{
	struct hardirqs_key key = { .number = HARDIRQ_IS_VECTOR | vector };
	__u64 nanoseconds = end_span(key.number);

	if (!nanoseconds)
		return 0;
	__builtin_memcpy(key.name, name, size);
	return count_span(&key, nanoseconds);
}

#define HARDIRQ_HOOKS(KIND, TYPED)                                         \
	SEC(#KIND "/irq_handler_entry")                                    \
	int BPF_PROG(KIND##_entry, int interrupt)                          \
	{                                                                  \
		return begin_span(interrupt);                              \
	}                                                                  \
                                                                           \
	SEC(#KIND "/irq_handler_exit")                                     \
	int BPF_PROG(KIND##_exit, int interrupt, struct irqaction *action) \
	{                                                                  \
		return report_end(interrupt, action, TYPED);               \
	}

HARDIRQ_HOOKS(tp_btf, true)
HARDIRQ_HOOKS(raw_tp, false)

#define VECTOR_HOOKS(KIND, NAME)                                                 \
	SEC(#KIND "/" #NAME "_entry")                                            \
	int BPF_PROG(KIND##_##NAME##_entry, int vector)                          \
	{                                                                        \
		return begin_span(HARDIRQ_IS_VECTOR | vector);                   \
	}                                                                        \
                                                                                 \
	SEC(#KIND "/" #NAME "_exit")                                             \
	int BPF_PROG(KIND##_##NAME##_exit, int vector)                           \
	{                                                                        \
		static const char name[] = #NAME;                                \
                                                                                 \
		_Static_assert(sizeof(name) < HARDIRQ_NAME_SIZE, "it has room"); \
		return report_vector_end(vector, name, sizeof(name));            \
	}

/* Of x86. */
#define ALL_VECTOR_HOOKS(KIND)                   \
	VECTOR_HOOKS(KIND, local_timer)          \
	VECTOR_HOOKS(KIND, reschedule)           \
	VECTOR_HOOKS(KIND, call_function)        \
	VECTOR_HOOKS(KIND, call_function_single) \
	VECTOR_HOOKS(KIND, irq_work)

ALL_VECTOR_HOOKS(tp_btf)
ALL_VECTOR_HOOKS(raw_tp)

char LICENSE[] SEC("license") = "GPL";
