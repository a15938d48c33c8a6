/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System calls that a security decision makes fail, at their exit, where the decisions
 * themselves cannot be seen. Included by lsmsnoop.bpf.c, which declares the configuration and
 * the scratch record, and defines is_wanted(), new_event() and send().
 */
#ifndef BPF_LSMSNOOP_BPF_H
#define BPF_LSMSNOOP_BPF_H

#include "lsmsnoop.h"
#include "lib/kernel_read.bpf.h"
#include "lib/path_argument.bpf.h"
#include "lib/syscall.bpf.h"

#define TRACED_CALLS(CALL)     \
	CALL(execve)           \
	CALL(execveat)         \
	CALL(open)             \
	CALL(creat)            \
	CALL(openat)           \
	CALL(openat2)          \
	CALL(mount)            \
	CALL(umount2)          \
	CALL(move_mount)       \
	CALL(ptrace)           \
	CALL(process_vm_readv) \
	CALL(process_vm_writev) CALL(init_module) CALL(finit_module) CALL(bpf)

/* <fcntl.h> and linux/ptrace.h, which a BPF program cannot include. */
#define AT_EMPTY_PATH	     0x1000
#define O_CREAT_WRONLY_TRUNC 01101
#define PTRACE_TRACEME	     0
#define PTRACE_ATTACH	     16
#define PTRACE_SEIZE	     0x4206
#define PTRACE_MODE_ATTACH   2

static __always_inline __u32 kind_of_call(long number)
{
	switch (number) {
	case SYSCALL_execve:
	case SYSCALL_execveat:
		return LSM_EXEC;
	case SYSCALL_mount:
	case SYSCALL_umount2:
	case SYSCALL_move_mount:
		return LSM_MOUNT;
	case SYSCALL_ptrace:
	case SYSCALL_process_vm_readv:
	case SYSCALL_process_vm_writev:
		return LSM_PTRACE;
	case SYSCALL_init_module:
	case SYSCALL_finit_module:
		return LSM_MODULE;
	case SYSCALL_bpf:
		return LSM_BPF;
	}
	return LSM_OPEN;
}

/* The arguments of a call that name what it is about. */
struct call_object {
	struct path_argument path;
	__u64 detail;
	__u32 operation;
	__u32 target;
};

static __always_inline void read_object(struct call_object *object, long number,
					const struct pt_regs *regs)
{
	object->path.directory = AT_FDCWD;
	object->path.full = true;
	switch (number) {
	case SYSCALL_execveat:
		object->path.may_be_empty = SYSCALL_ARG5(regs) & AT_EMPTY_PATH;
		object->path.directory = SYSCALL_ARG1(regs);
		object->path.path = (void *)SYSCALL_ARG2(regs);
		break;
	case SYSCALL_openat:
		object->detail = SYSCALL_ARG3(regs);
		object->path.directory = SYSCALL_ARG1(regs);
		object->path.path = (void *)SYSCALL_ARG2(regs);
		break;
	case SYSCALL_openat2:
		bpf_probe_read_user(&object->detail, sizeof(object->detail),
				    (void *)SYSCALL_ARG3(regs));
		object->path.directory = SYSCALL_ARG1(regs);
		object->path.path = (void *)SYSCALL_ARG2(regs);
		break;
	case SYSCALL_open:
		object->detail = SYSCALL_ARG2(regs);
		object->path.path = (void *)SYSCALL_ARG1(regs);
		break;
	case SYSCALL_creat:
		object->detail = O_CREAT_WRONLY_TRUNC;
		object->path.path = (void *)SYSCALL_ARG1(regs);
		break;
	case SYSCALL_execve:
		object->path.path = (void *)SYSCALL_ARG1(regs);
		break;
	case SYSCALL_mount:
		object->detail = SYSCALL_ARG4(regs);
		object->path.path = (void *)SYSCALL_ARG2(regs);
		break;
	case SYSCALL_umount2:
		object->operation = LSM_UNMOUNT;
		object->detail = SYSCALL_ARG2(regs);
		object->path.path = (void *)SYSCALL_ARG1(regs);
		break;
	case SYSCALL_move_mount:
		object->operation = LSM_MOVE_MOUNT;
		object->path.directory = SYSCALL_ARG3(regs);
		object->path.path = (void *)SYSCALL_ARG4(regs);
		break;
	case SYSCALL_ptrace:
		object->detail = PTRACE_MODE_ATTACH;
		object->target = SYSCALL_ARG2(regs);
		if (SYSCALL_ARG1(regs) == PTRACE_TRACEME) {
			object->operation = LSM_TRACEME;
			object->detail = 0;
			object->target = 0;
		}
		break;
	case SYSCALL_process_vm_readv:
	case SYSCALL_process_vm_writev:
		object->detail = PTRACE_MODE_ATTACH;
		object->target = SYSCALL_ARG1(regs);
		break;
	case SYSCALL_finit_module:
		object->path.may_be_empty = true;
		object->path.directory = SYSCALL_ARG1(regs);
		break;
	case SYSCALL_bpf:
		object->detail = (__u32)SYSCALL_ARG1(regs);
	}
}

/* The requests of ptrace that a security hook decides on; others need one of these before. */
static __always_inline bool is_decision(long number, const struct pt_regs *regs)
{
	return number != SYSCALL_ptrace || SYSCALL_ARG1(regs) == PTRACE_TRACEME ||
	       SYSCALL_ARG1(regs) == PTRACE_ATTACH || SYSCALL_ARG1(regs) == PTRACE_SEIZE;
}

/* The file that a call which was allowed has got. */
static __always_inline struct file *file_of_call(__u32 kind, long result)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	if (kind == LSM_EXEC)
		return KERNEL_READ(task, mm, exe_file);
	return file_of_descriptor(task, result);
}

static __noinline int report_object(const struct call_object *object, long number, __u32 kind,
				    long result)
{
	struct path_record *record = path_record_here();
	struct lsmsnoop_event *event;
	struct path path;
	struct file *file;

	if (!record || !object)
		return 0;
	event = new_event(record, kind, object->detail, result < 0 ? result : 0);
	event->number = number;
	event->operation = object->operation;
	event->target_pid = object->target;
	if (result >= 0 && (kind == LSM_EXEC || kind == LSM_OPEN)) {
		file = file_of_call(kind, result);
		path.mnt = KERNEL_READ(file, f_path.mnt);
		path.dentry = KERNEL_READ(file, f_path.dentry);
		send(record, copy_place(&event->path, record->strings, path));
	} else {
		emit_with_path(&config.trace, record, &object->path, result);
	}
	return 0;
}

static __noinline int report_call(long number, const struct pt_regs *regs, long result)
{
	__u32 kind = kind_of_call(number);
	struct call_object object = {};

	if (!(config.kinds & 1 << kind) || !is_decision(number, regs))
		return 0;
	read_object(&object, number, regs);
	return report_object(&object, number, kind, result);
}

#include "lib/syscall_exits.bpf.h"

#endif
