// SPDX-License-Identifier: GPL-2.0
/* System calls on shared memory segments of System V, at their exit. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "shmsnoop.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/syscall.bpf.h"

#define TRACED_CALLS(CALL) CALL(shmget) CALL(shmat) CALL(shmdt) CALL(shmctl)

const volatile struct shmsnoop_config config;

static __always_inline bool is_wanted(long result)
{
	return current_passes(&config.trace.filter);
}

static __noinline int report_call(long number, const struct pt_regs *regs, long result)
{
	struct shmsnoop_event event = {
		.result = result,
		.arguments = { SYSCALL_ARG1(regs), SYSCALL_ARG2(regs), SYSCALL_ARG3(regs) },
		.number = number,
	};

	fill_header(&config.trace, &event.header);
	LEDGER_ADD(seen);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

#include "lib/syscall_exits.bpf.h"

char LICENSE[] SEC("license") = "GPL";
