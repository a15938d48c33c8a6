// SPDX-License-Identifier: GPL-2.0
/* How often values occur at a probe that a user described, or their powers of two. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "argdist.h"

#define COUNTS_KEY struct argdist_key

#include "lib/counts.bpf.h"
#include "lib/elapsed.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/values.bpf.h"

const volatile struct argdist_config config;

#define CALL_FIELDS  __s64 saved[VALUE_SAVES]; /* values of the begin */
#define calls_config config.calls

#include "lib/nested_calls.bpf.h"

/* The last thing that is saved is how long the call took. */
#define SAVED_TIME (VALUE_SAVES - 1)

/* The greatest power of two that is not above a value; 0 for 0. */
static __always_inline __u64 power_of(__u64 value)
{
	__u64 power = 0;

#pragma clang loop unroll(full)
	for (__u32 step = 6; step-- > 0;) {
		__u64 is_large = is_less((1ULL << (1U << step)) - 1, value);

		power += is_large << step;
		value >>= is_large << step;
	}
	return power;
}

static __always_inline int count_values(void *context, struct value_slots *slots)
{
	__u32 namespace = config.trace.pid_namespace;
	struct argdist_key key = { .probe = config.probe };
	struct value_results results = { .numbers = key.values, .texts = key.text };

	if (config.values.test_steps) {
		run_steps(context, namespace, &config.values, 0, config.values.test_steps, slots,
			  NULL);
		if (!slots->slot[0])
			return 0;
	}
	LEDGER_ADD(seen);
	run_steps(context, namespace, &config.values, config.values.test_steps, config.values.steps,
		  slots, &results);
	if (config.has_powers)
		key.values[0] = power_of(key.values[0]);
	count(&key);
	return 0;
}

static __noinline int measure_all(void *context)
{
	struct value_slots slots = {};

	return count_values(context, &slots);
}

/* The filter is not asked from where the values are: the verifier adds up all frames. */
static __always_inline int measure(void *context)
{
	return current_passes(&config.trace.filter) ? measure_all(context) : 0;
}

/* At functions of the kernel and of programs, at their returns, and at USDT probes. */
SEC("kprobe")
int argdist_function(struct pt_regs *regs)
{
	return measure(regs);
}

SEC("tracepoint")
int argdist_tracepoint(void *record)
{
	return measure(record);
}

/* The begin of a call of which the return is measured. */
static __noinline int begin(struct pt_regs *regs)
{
	struct value_results results = {};
	struct value_slots slots = {};
	struct call *call;

	if (!current_passes(&config.trace.filter))
		return 0;
	call = call_begins(PT_REGS_SP(regs), function_of(regs));
	if (!call)
		return 0;
	results.numbers = call->saved;
	run_steps(regs, config.trace.pid_namespace, &config.begin, 0, config.begin.steps, &slots,
		  &results);
	/* What was computed here is no part of it. */
	call->began = bpf_ktime_get_ns();
	return 0;
}

static __noinline int end(struct pt_regs *regs)
{
	__u64 now = bpf_ktime_get_ns();
	struct value_slots slots = {};
	struct call *call = call_returns(PT_REGS_SP(regs), function_of(regs));

	if (!call)
		return 0;
#pragma clang loop unroll(full)
	for (int index = 0; index < SAVED_TIME; index++)
		slots.saved[index] = call->saved[index];
	slots.saved[SAVED_TIME] = elapsed(call->began, now);
	return count_values(regs, &slots);
}

SEC("kprobe")
int argdist_begin(struct pt_regs *regs)
{
	return begin(regs);
}

SEC("kprobe")
int argdist_end(struct pt_regs *regs)
{
	return end(regs);
}

char LICENSE[] SEC("license") = "GPL";
