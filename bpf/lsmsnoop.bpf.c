// SPDX-License-Identifier: GPL-2.0
/*
 * Decisions of security modules: the exits of the kernel's hooks for them, which return the
 * verdict of all modules together. A program of the type BPF LSM would not run for what a
 * module before it refuses. Elsewhere the exits of system calls, and the check of capabilities.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "lsmsnoop.h"
#include "lib/compat.bpf.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/kernel_read.bpf.h"
#include "lib/path_argument.bpf.h"

/* <errno.h>, which a BPF program cannot include. */
#define EPERM  1
#define EACCES 13

const volatile struct lsmsnoop_config config;

PATH_RECORD(struct lsmsnoop_event)

/* Without its capabilities the tool itself is denied some at each look at a map. */
static __always_inline bool passes(void)
{
	return current_passes(&config.trace.filter) && !is_own_process(&config.own);
}

/* Of a system call only these results tell what was decided. */
static __always_inline bool is_wanted(long result)
{
	if (result < 0 ? result != -EPERM && result != -EACCES : config.denied_only)
		return false;
	return passes();
}

static __always_inline bool is_wanted_decision(int result)
{
	return (result || !config.denied_only) && passes();
}

static __always_inline struct lsmsnoop_event *new_event(struct path_record *record, __u32 kind,
							__u64 detail, long result)
{
	struct lsmsnoop_event *event = &record->event;

	LEDGER_ADD(seen);
	fill_header(&config.trace, &event->header);
	__builtin_memset(&event->result, 0,
			 sizeof(*event) - offsetof(struct lsmsnoop_event, result));
	event->result = result;
	event->kind = kind;
	event->detail = detail;
	return event;
}

static __always_inline void send(struct path_record *record, __u64 texts)
{
	__u64 size = sizeof(record->event) + texts;

	if (size <= sizeof(*record))
		emit(&config.trace, record, size);
}

/* A decision without a file. */
static __noinline int decided(__u32 kind, __u64 detail, int result)
{
	struct path_record *record = path_record_here();

	if (!record || !is_wanted_decision(result))
		return 0;
	new_event(record, kind, detail, result);
	send(record, 0);
	return 0;
}

struct place {
	struct vfsmount *mount;
	struct dentry *dentry;
	__u32 operation;
};

static __noinline int decided_on_place(__u32 kind, const struct place *place, __u64 detail,
				       int result)
{
	struct path_record *record = path_record_here();
	struct path path;

	if (!record || !place || !is_wanted_decision(result))
		return 0;
	path.mnt = place->mount;
	path.dentry = place->dentry;
	new_event(record, kind, detail, result)->operation = place->operation;
	send(record, copy_place(&record->event.path, record->strings, path));
	return 0;
}

static __always_inline int decided_on_path(__u32 kind, __u32 operation, struct path *path,
					   __u64 detail, int result)
{
	struct place place = { .operation = operation };

	place.mount = KERNEL_READ(path, mnt);
	place.dentry = KERNEL_READ(path, dentry);
	return decided_on_place(kind, &place, detail, result);
}

static __always_inline int decided_on_file(__u32 kind, struct file *file, __u64 flags, int result)
{
	struct place place = {};

	place.mount = KERNEL_READ(file, f_path.mnt);
	place.dentry = KERNEL_READ(file, f_path.dentry);
	return decided_on_place(kind, &place, flags, result);
}

SEC("fexit/security_bprm_check")
int BPF_PROG(bprm_check, struct linux_binprm *program, int result)
{
	return decided_on_file(LSM_EXEC, KERNEL_READ(program, file), 0, result);
}

SEC("fexit/security_file_open")
int BPF_PROG(file_open, struct file *file, int result)
{
	return decided_on_file(LSM_OPEN, file, KERNEL_READ(file, f_flags), result);
}

SEC("fexit/security_sb_mount")
int BPF_PROG(sb_mount, const char *device, struct path *path, const char *type, unsigned long flags,
	     void *data, int result)
{
	return decided_on_path(LSM_MOUNT, LSM_PLAIN, path, flags, result);
}

SEC("fexit/security_move_mount")
int BPF_PROG(move_mount, struct path *from, struct path *to, int result)
{
	return decided_on_path(LSM_MOUNT, LSM_MOVE_MOUNT, to, 0, result);
}

SEC("fexit/security_sb_umount")
int BPF_PROG(sb_umount, struct vfsmount *mount, int flags, int result)
{
	struct place place = { .operation = LSM_UNMOUNT };

	place.mount = mount;
	place.dentry = KERNEL_READ(mount, mnt_root);
	return decided_on_place(LSM_MOUNT, &place, flags, result);
}

static __noinline int decided_on_task(struct task_struct *task, __u32 operation, __u64 mode,
				      int result)
{
	struct path_record *record = path_record_here();
	struct lsmsnoop_event *event;

	if (!record || !is_wanted_decision(result))
		return 0;
	event = new_event(record, LSM_PTRACE, mode, result);
	event->operation = operation;
	event->target_pid = task_pid(task, config.trace.pid_namespace);
	BPF_CORE_READ_STR_INTO(&event->target_comm, task, comm);
	send(record, 0);
	return 0;
}

SEC("fexit/security_ptrace_access_check")
int BPF_PROG(ptrace_access_check, struct task_struct *child, unsigned int mode, int result)
{
	return decided_on_task(child, LSM_PLAIN, mode, result);
}

SEC("fexit/security_ptrace_traceme")
int BPF_PROG(ptrace_traceme, struct task_struct *parent, int result)
{
	return decided_on_task(parent, LSM_TRACEME, 0, result);
}

SEC("fexit/security_kernel_read_file")
int BPF_PROG(kernel_read_file, struct file *file, int id, bool contents, int result)
{
	if (id != bpf_core_enum_value(enum kernel_read_file_id, READING_MODULE))
		return 0;
	return decided_on_file(LSM_MODULE, file, 0, result);
}

SEC("fexit/security_kernel_load_data")
int BPF_PROG(kernel_load_data, int id, bool contents, int result)
{
	if (id != bpf_core_enum_value(enum kernel_load_data_id, LOADING_MODULE))
		return 0;
	return decided(LSM_MODULE, 0, result);
}

/* A module that the kernel asks user space to load, by its name. */
SEC("fexit/security_kernel_module_request")
int BPF_PROG(kernel_module_request, char *name, int result)
{
	struct path_record *record = path_record_here();
	struct lsmsnoop_event *event;
	long size;

	if (!record || !is_wanted_decision(result))
		return 0;
	event = new_event(record, LSM_MODULE, 0, result);
	event->operation = LSM_MODULE_REQUEST;
	size = bpf_probe_read_kernel_str(record->strings, PATH_NAME_SIZE, name);
	event->path.size = size > 0 ? size : 0;
	send(record, event->path.size);
	return 0;
}

SEC("fexit/security_bpf")
int security_bpf(__u64 *args)
{
	return decided(LSM_BPF, (__u32)args[0], security_bpf_result(args));
}

SEC("fexit/security_capable")
int BPF_PROG(security_capable, const struct cred *credentials, struct user_namespace *target,
	     int capability, unsigned int options, int result)
{
	return decided(LSM_CAPABILITY, capability, result);
}

SEC("raw_tp/cap_capable")
int BPF_PROG(capability, const struct cred *credentials, struct user_namespace *target,
	     struct user_namespace *holder, int capability, int result)
{
	return decided(LSM_CAPABILITY, capability, result);
}

#include "lsmsnoop.bpf.h"

char LICENSE[] SEC("license") = "GPL";
