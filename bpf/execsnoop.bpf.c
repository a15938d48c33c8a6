// SPDX-License-Identifier: GPL-2.0
/*
 * New programs, seen when the kernel has replaced the old one: whatever system
 * call and whichever thread asked for it, and with the arguments in memory that
 * the kernel has just written. Failed attempts are seen at the exit of the
 * system calls.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "execsnoop.h"
#include "lib/compat.bpf.h"
#include "lib/events.bpf.h"
#include "lib/field.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/syscall.bpf.h"

#define PAGE 4096

const volatile struct execsnoop_config config;

struct scratch {
	struct execsnoop_event event;
	/* A read may start just below the end of either part. */
	char strings[EXEC_PATH_SIZE + EXEC_ARGS_SIZE + EXEC_ARGUMENT_SIZE];
};

/* One for the programs that exec, one for the system calls that fail to. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

/* The record of an event of the running task with its head filled; NULL: not wanted. */
static __always_inline struct scratch *begin(__u32 index, int result, struct task_struct *task,
					     const bool typed)
{
	struct task_struct *parent = FIELD(task, real_parent);
	struct scratch *record;
	__u32 ppid;

	ppid = config.trace.pid_namespace ? task_ppid(task, config.trace.pid_namespace)
					  : FIELD(parent, tgid);
	if (config.ppid && config.ppid != ppid)
		return NULL;
	record = bpf_map_lookup_elem(&scratch, &index);
	if (!record)
		return NULL;
	LEDGER_ADD(seen);
	fill_header(&config.trace, &record->event.header);
	record->event.header.ppid = ppid;
	record->event.result = result;
	record->event.flags = 0;
	record->event.argc = 0;
	FIELD_16(record->event.parent_comm, parent, comm);
	return record;
}

static __always_inline int finish(struct scratch *record, __u32 path_size, __u32 args_size)
{
	__u64 size = sizeof(record->event) + path_size + args_size;

	record->event.path_size = path_size;
	record->event.args_size = args_size;
	if (record->event.flags & EXEC_CUT)
		LEDGER_ADD(truncated);
	if (size > sizeof(*record))
		return 0;
	emit(&config.trace, record, size);
	return 0;
}

/* Copies the new program's arguments page by page, as far as they are there. */
static __always_inline __u32 copy_arguments(char *to, const char *from, __u64 length)
{
	__u32 copied = 0;

	for (int page = 0; page < EXEC_ARGS_SIZE / PAGE; page++) {
		__u64 size = length - copied;

		if (copied >= length)
			break;
		if (size > PAGE)
			size = PAGE;
		if (bpf_probe_read_user(to + (copied & (EXEC_ARGS_SIZE - 1)), size, from + copied))
			break;
		copied += size;
	}
	return copied;
}

static __always_inline int report_exec(struct task_struct *task, struct linux_binprm *binprm,
				       const bool typed)
{
	struct scratch *record = begin(0, 0, task, typed);
	struct mm_struct *memory;
	const char *path;
	__u64 start, length;
	long path_size;
	__u32 copied;

	if (!record)
		return 0;
	path = FIELD(binprm, filename);
	path_size = bpf_probe_read_kernel_str(record->strings, EXEC_PATH_SIZE, path);
	if (path_size < 0 || path_size > EXEC_PATH_SIZE)
		path_size = 0;
	memory = FIELD(task, mm);
	start = FIELD(memory, arg_start);
	length = FIELD(memory, arg_end) - start;
	copied = copy_arguments(record->strings + path_size, (void *)start, length);
	if (copied < length)
		record->event.flags |= EXEC_CUT;
	if (FIELD(binprm, interp) != path)
		record->event.flags |= EXEC_SCRIPT;
	record->event.argc = FIELD(binprm, argc);
	return finish(record, path_size, copied);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task, int old_pid, struct linux_binprm *binprm)
{
	if (!current_passes_inline(&config.trace.filter))
		return 0;
	return report_exec(task, binprm, true);
}

SEC("raw_tp/sched_process_exec")
int BPF_PROG(process_exec_raw, struct task_struct *task, int old_pid, struct linux_binprm *binprm)
{
	if (!current_passes_inline(&config.trace.filter))
		return 0;
	return report_exec(task, binprm, false);
}

static __always_inline bool is_wanted_failure(long result)
{
	return result < 0 && current_passes_inline(&config.trace.filter);
}

static __noinline int report_failure(const char *path, const char *const *argv, long result)
{
	struct scratch *record;
	__u32 copied = 0;
	long path_size;

	record = begin(1, result, (void *)bpf_get_current_task(), false);
	if (!record)
		return 0;
	path_size = bpf_probe_read_user_str(record->strings, EXEC_PATH_SIZE, path);
	if (path_size < 0 || path_size > EXEC_PATH_SIZE)
		path_size = 0;
	for (__u32 index = 0; index < 128; index++) {
		const char *argument = NULL;
		long size;

		bpf_probe_read_user(&argument, sizeof(argument), &argv[index]);
		if (!argument)
			break;
		record->event.argc = index + 1;
		if (index >= config.max_args || copied >= EXEC_ARGS_SIZE) {
			record->event.flags |= EXEC_CUT;
			break;
		}
		size = read_user_string(record->strings + path_size +
						(copied & (EXEC_ARGS_SIZE - 1)),
					EXEC_ARGUMENT_SIZE, argument);
		if (size <= 0 || size >= EXEC_ARGUMENT_SIZE)
			record->event.flags |= EXEC_CUT;
		if (size <= 0)
			break;
		copied += size;
	}
	return finish(record, path_size, copied);
}

#define EXEC_EXIT(CALL, PATH, ARGV)                                                             \
	SEC("tracepoint/syscalls/sys_exit_" #CALL)                                              \
	int CALL##_exit(struct syscall_exit_context *context)                                   \
	{                                                                                       \
		struct pt_regs *regs;                                                           \
                                                                                                \
		if (!is_wanted_failure(context->result))                                        \
			return 0;                                                               \
		regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());                    \
		return report_failure((void *)PATH(regs), (void *)ARGV(regs), context->result); \
	}

EXEC_EXIT(execve, SYSCALL_ARG1, SYSCALL_ARG2)
EXEC_EXIT(execveat, SYSCALL_ARG2, SYSCALL_ARG3)

SEC("tp_btf/sys_exit")
int BPF_PROG(any_syscall_exit, struct pt_regs *regs, long result)
{
	long number = SYSCALL_NUMBER(regs);

	if (number != SYSCALL_execve && number != SYSCALL_execveat)
		return 0;
	if (!is_wanted_failure(result) || syscall_is_compat())
		return 0;
	if (number == SYSCALL_execve)
		return report_failure((void *)SYSCALL_ARG1(regs), (void *)SYSCALL_ARG2(regs),
				      result);
	return report_failure((void *)SYSCALL_ARG2(regs), (void *)SYSCALL_ARG3(regs), result);
}

char LICENSE[] SEC("license") = "GPL";
