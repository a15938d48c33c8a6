// SPDX-License-Identifier: GPL-2.0
/* Who opened or removed what and when, or asked for its status, and what came of it. */
#include "floor.bpf.h"
#include "lib/syscall.bpf.h"

struct open {
	struct who who;
	__s64 result;
	char path[32];
};

static __always_inline int report(struct syscall_exit_context *context)
{
	struct pt_regs *registers = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	struct open open = { .result = context->result };

	describe(&open.who);
	bpf_probe_read_user_str(open.path, sizeof(open.path), (void *)SYSCALL_ARG2(registers));
	emit(&open, sizeof(open));
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_openat")
int open_exit(struct syscall_exit_context *context)
{
	return report(context);
}

SEC("tracepoint/syscalls/sys_exit_statx")
int stat_exit(struct syscall_exit_context *context)
{
	return report(context);
}

SEC("tracepoint/syscalls/sys_exit_unlinkat")
int unlink_exit(struct syscall_exit_context *context)
{
	return report(context);
}

char LICENSE[] SEC("license") = "GPL";
