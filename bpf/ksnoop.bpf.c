// SPDX-License-Identifier: GPL-2.0
/* A call of a function that a user named: values of its arguments, and what they lead to. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "ksnoop.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/values.bpf.h"

const volatile struct ksnoop_config config;

static __always_inline long copy_memory(void *to, __u32 size, __u64 address)
{
	if (is_kernel_address(address))
		return bpf_probe_read_kernel(to, size, (void *)address);
	return bpf_probe_read_user(to, size, (void *)address);
}

static __always_inline void copy_values(const volatile struct call_side *side,
					struct ksnoop_event *event)
{
#pragma clang loop unroll(disable)
	for (__u32 index = 0; index < VALUE_RESULTS; index++) {
		__u32 size = side->copy[index].size, offset = side->copy[index].offset;

		if (!size)
			continue;
		if (copy_memory((void *)(event + 1) + offset, size, event->values[index]))
			event->failed |= 1 << index;
	}
}

static __always_inline struct ksnoop_event *begin_call(__u32 size, bool is_return, bool is_shown)
{
	struct ksnoop_event *event;

	LEDGER_ADD(seen);
	event = reserve_event(size);
	if (!event)
		return NULL;
	fill_header(&config.trace, &event->header);
	event->call = config.call;
	event->is_return = is_return;
	event->is_shown = is_shown;
	event->failed = 0;
	return event;
}

/* A call that is not shown, but of which others are the callers or the callees. */
static __noinline int tell_call(bool is_return)
{
	struct ksnoop_event *event = begin_call(sizeof(*event), is_return, false);

	if (event)
		submit_event(&config.trace, event, sizeof(*event));
	return 0;
}

/* The arguments are words that follow each other. */
static __always_inline int report(void *arguments, const volatile struct call_side *side,
				  bool is_return)
{
	__u32 namespace = config.trace.pid_namespace, size = side->event_size;
	struct value_results results;
	struct value_slots slots = {};
	struct ksnoop_event *event;

	if (!current_passes(&config.trace.filter) || is_own_process(&config.own))
		return 0;
	if (!side->is_shown)
		return config.tells_all ? tell_call(is_return) : 0;
	if (side->values.test_steps) {
		run_steps(arguments, namespace, &side->values, 0, side->values.test_steps, &slots,
			  NULL);
		if (!slots.slot[0])
			return config.tells_all ? tell_call(is_return) : 0;
	}
	if (size < sizeof(*event))
		return 0;
	event = begin_call(size, is_return, true);
	if (!event)
		return 0;
	results.numbers = event->values;
	results.texts = (char *)(event + 1);
	run_steps(arguments, namespace, &side->values, side->values.test_steps, side->values.steps,
		  &slots, &results);
	copy_values(side, event);
	submit_event(&config.trace, event, size);
	return 0;
}

static __noinline int report_begin(void *arguments)
{
	return report(arguments, &config.begin, false);
}

static __noinline int report_end(void *arguments)
{
	return report(arguments, &config.end, true);
}

SEC("raw_tp")
int ksnoop_tracepoint(void *arguments)
{
	return report_begin(arguments);
}

SEC("fentry/function")
int ksnoop_fentry(void *arguments)
{
	return report_begin(arguments);
}

struct call_words {
	__u64 word[CALL_ARGUMENTS + 1];
};
_Static_assert(sizeof(__u64[CALL_ARGUMENTS]) == CALL_RESULT_OFFSET, "the result comes last");

SEC("fexit/function")
int ksnoop_fexit(__u64 *arguments)
{
	struct call_words words = {};

	/* The result follows the arguments. */
	bpf_probe_read_kernel(&words.word[CALL_ARGUMENTS], sizeof(__u64),
			      (void *)arguments + config.arguments * sizeof(__u64));
	return report_end(&words);
}

SEC("kprobe")
int ksnoop_begin(struct pt_regs *regs)
{
	struct call_words words = {
		.word = { PT_REGS_PARM1(regs), PT_REGS_PARM2(regs), PT_REGS_PARM3(regs),
			  PT_REGS_PARM4(regs), PT_REGS_PARM5(regs),
#ifdef __TARGET_ARCH_x86
			  regs->r9,
#else
			  ((struct user_pt_regs *)regs)->regs[5],
#endif
		},
	};

	return report_begin(&words);
}

SEC("kprobe")
int ksnoop_return(struct pt_regs *regs)
{
	struct call_words words = {};

	words.word[CALL_ARGUMENTS] = PT_REGS_RC(regs);
	return report_end(&words);
}

char LICENSE[] SEC("license") = "GPL";
