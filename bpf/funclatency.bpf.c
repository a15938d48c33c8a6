// SPDX-License-Identifier: GPL-2.0
/*
 * How long functions take, of the kernel or of programs, as a distribution. Which
 * functions is said when the tool runs.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "funclatency.h"

#define HISTOGRAM_KEY __u32

#include "lib/elapsed.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/histogram.bpf.h"

const volatile struct funclatency_config config;

#define CALL_FIELDS
#define calls_config config.calls

#include "lib/nested_calls.bpf.h"

static __always_inline int begin(__u64 stack, __u64 function)
{
	if (current_passes(&config.trace.filter))
		call_begins(stack, function);
	return 0;
}

static __always_inline int end(__u64 stack, __u64 function)
{
	__u64 now = bpf_ktime_get_ns();
	struct call *call = call_returns(stack, function);
	__u32 key = function;

	if (!call)
		return 0;
	now = elapsed(call->began, now);
	if (config.per_function)
		histogram_add_keyed(&key, now / config.divisor);
	else
		histogram_add(now / config.divisor);
	return 0;
}

/* Attached as uprobes too. */
SEC("kprobe")
int function_begin(struct pt_regs *regs)
{
	return begin(PT_REGS_SP(regs), function_of(regs));
}

SEC("kretprobe")
int function_end(struct pt_regs *regs)
{
	return end(PT_REGS_SP(regs), function_of(regs));
}

/* Attached to many functions of the kernel by one link each. */
SEC("kprobe.multi")
int functions_begin(struct pt_regs *regs)
{
	return begin(PT_REGS_SP(regs), function_of(regs));
}

SEC("kretprobe.multi")
int functions_end(struct pt_regs *regs)
{
	return end(PT_REGS_SP(regs), function_of(regs));
}

SEC("fentry/function")
int function_fentry(void *context)
{
	return begin(0, 0);
}

SEC("fexit/function")
int function_fexit(void *context)
{
	return end(0, 0);
}

char LICENSE[] SEC("license") = "GPL";
