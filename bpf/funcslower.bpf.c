// SPDX-License-Identifier: GPL-2.0
/*
 * Calls of functions that take long, of the kernel or of programs. Which functions is said
 * when the tool runs.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "funcslower.h"

#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/stack_event.bpf.h"

const volatile struct funcslower_config config;

#define CALL_FIELDS  __u64 arguments[FUNCSLOWER_ARGUMENTS];
#define calls_config config.calls

#include "lib/nested_calls.bpf.h"

#ifdef __TARGET_ARCH_arm64
#define SIXTH_ARGUMENT(REGISTERS) (((const struct user_pt_regs *)(REGISTERS))->regs[5])
#else
#define SIXTH_ARGUMENT(REGISTERS) ((REGISTERS)->r9)
#endif

static __always_inline void keep_arguments(struct call *call, struct pt_regs *registers)
{
	if (config.arguments > 0)
		call->arguments[0] = PT_REGS_PARM1(registers);
	if (config.arguments > 1)
		call->arguments[1] = PT_REGS_PARM2(registers);
	if (config.arguments > 2)
		call->arguments[2] = PT_REGS_PARM3(registers);
	if (config.arguments > 3)
		call->arguments[3] = PT_REGS_PARM4(registers);
	if (config.arguments > 4)
		call->arguments[4] = PT_REGS_PARM5(registers);
	if (config.arguments > 5)
		call->arguments[5] = SIXTH_ARGUMENT(registers);
}

static __always_inline int begin(struct pt_regs *registers)
{
	struct call *call;

	if (!current_passes(&config.trace.filter))
		return 0;
	call = call_begins(PT_REGS_SP(registers), function_of(registers));
	if (call)
		keep_arguments(call, registers);
	return 0;
}

static __always_inline int end(struct pt_regs *registers)
{
	const bool takes_stacks = config.stacks.kernel || config.stacks.user;
	__u64 now = bpf_ktime_get_ns(), size = sizeof(struct funcslower_event);
	struct call *call = call_returns(PT_REGS_SP(registers), function_of(registers));
	struct funcslower_event *event;

	/* What was sampled on another CPU can be later. */
	if (!call || now < call->began || now - call->began < config.least_ns)
		return 0;
	LEDGER_ADD(seen);
	event = reserve_event(takes_stacks ? size + sizeof(struct stack_tail) : size);
	if (!event)
		return 0;
	fill_header(&config.trace, &event->header);
	event->duration_ns = now - call->began;
	event->result = PT_REGS_RC(registers);
	event->function = call->function;
	__builtin_memcpy(event->arguments, call->arguments, sizeof(event->arguments));
	__builtin_memset(&event->stacks, 0, sizeof(event->stacks));
	if (takes_stacks)
		take_stack_tail(registers, &config.stacks, (void *)event + size, &event->stacks);
	submit_event(&config.trace, event, size);
	return 0;
}

/* Attached as uprobes too. */
SEC("kprobe")
int function_begin(struct pt_regs *registers)
{
	return begin(registers);
}

SEC("kretprobe")
int function_end(struct pt_regs *registers)
{
	return end(registers);
}

/* Attached to many functions of the kernel by one link each. */
SEC("kprobe.multi")
int functions_begin(struct pt_regs *registers)
{
	return begin(registers);
}

SEC("kretprobe.multi")
int functions_end(struct pt_regs *registers)
{
	return end(registers);
}

char LICENSE[] SEC("license") = "GPL";
