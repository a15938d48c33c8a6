// SPDX-License-Identifier: GPL-2.0
/* Who opened or removed what and when, or asked for its status, and what came of it. */
#include "floor.bpf.h"
#include <bpf/bpf_core_read.h>
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

/* The names on the way from a file or a directory to the root of its file system. */
struct place {
	struct who who;
	__s64 result;
	char names[4][32];
};

static __always_inline void name_place(struct place *place, struct dentry *entry)
{
	for (int depth = 0; depth < 4; depth++) {
		struct dentry *parent = BPF_CORE_READ(entry, d_parent);

		if (parent == entry)
			break;
		bpf_probe_read_kernel_str(place->names[depth], sizeof(place->names[depth]),
					  BPF_CORE_READ(entry, d_name.name));
		entry = parent;
	}
}

SEC("tracepoint/syscalls/sys_exit_openat")
int place_exit(struct syscall_exit_context *context)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct place place = { .result = context->result };
	struct file *file, **files;

	if (context->result < 0)
		return 0;
	describe(&place.who);
	files = task->files->fdt->fd;
	bpf_probe_read_kernel(&file, sizeof(file), &files[context->result]);
	name_place(&place, BPF_CORE_READ(file, f_path.dentry));
	emit(&place, sizeof(place));
	return 0;
}

struct removal {
	struct place directory;
	char path[32];
};

/* Of a relative path, which means nothing without its directory. */
SEC("tracepoint/syscalls/sys_exit_unlinkat")
int unlink_place_exit(struct syscall_exit_context *context)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *registers = (void *)bpf_task_pt_regs(task);
	struct removal removal = { .directory.result = context->result };

	describe(&removal.directory.who);
	bpf_probe_read_user_str(removal.path, sizeof(removal.path),
				(void *)SYSCALL_ARG2(registers));
	name_place(&removal.directory, task->fs->pwd.dentry);
	emit(&removal, sizeof(removal));
	return 0;
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
