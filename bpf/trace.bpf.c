// SPDX-License-Identifier: GPL-2.0
/* A probe that a user described: whether it is of interest, and values for its event. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "trace.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/stack_event.bpf.h"
#include "lib/values.bpf.h"

const volatile struct trace_probe_config config;

static __noinline int report(void *context)
{
	__u32 namespace = config.trace.pid_namespace, size = config.event_size;
	bool takes_stacks = config.stacks.kernel || config.stacks.user;
	struct value_results results;
	struct value_slots slots = {};
	struct trace_event *event;

	if (!current_passes(&config.trace.filter) || is_own_process(&config.own))
		return 0;
	if (config.values.test_steps) {
		run_steps(context, namespace, &config.values, 0, config.values.test_steps, &slots,
			  NULL);
		if (!slots.slot[0])
			return 0;
	}
	LEDGER_ADD(seen);
	if (size < sizeof(*event))
		return 0;
	event = reserve_event(takes_stacks ? size + sizeof(struct stack_tail) : size);
	if (!event)
		return 0;
	fill_header(&config.trace, &event->header);
	__builtin_memset(&event->stacks, 0, sizeof(event->stacks));
	event->probe = config.probe;
	/* Kernels before 5.15 have no cookies. */
	event->place = config.tells_places ? bpf_get_attach_cookie(context) : 0;
	results.numbers = event->values;
	results.texts = (char *)(event + 1);
	run_steps(context, namespace, &config.values, config.values.test_steps, config.values.steps,
		  &slots, &results);
	if (takes_stacks)
		take_stack_tail(context, &config.stacks, (void *)event + size, &event->stacks);
	if (config.names_user_places)
		event->stacks.owner = task_stack_owner((void *)bpf_get_current_task(),
						       config.stacks.proc_namespace, false);
	submit_event(&config.trace, event, size);
	return 0;
}

/* At functions of the kernel and of programs, at their returns, and at USDT probes. */
SEC("kprobe")
int trace_function(struct pt_regs *regs)
{
	return report(regs);
}

SEC("tracepoint")
int trace_tracepoint(void *record)
{
	return report(record);
}

char LICENSE[] SEC("license") = "GPL";
