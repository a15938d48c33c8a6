// SPDX-License-Identifier: GPL-2.0
/* Calls that are reported each: who made it, with what, and what came of it. */
#include "floor.bpf.h"
#include "starts.bpf.h"
#include <bpf/bpf_core_read.h>
#include "lib/syscall.bpf.h"

struct call {
	struct who who;
	__s64 result;
	__u64 began_ns;
	__u64 arguments[2];
	__u32 ends[10];
	char path[32];
};

static __always_inline struct pt_regs *registers_now(void)
{
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

static __always_inline void begin(struct call *call, struct syscall_exit_context *context,
				  struct pt_regs *registers)
{
	describe(&call->who);
	call->result = context->result;
	call->arguments[0] = SYSCALL_ARG1(registers);
	call->arguments[1] = SYSCALL_ARG2(registers);
}

/* Of the socket in the first argument, with its own end. */
static __always_inline int report_socket_call(struct syscall_exit_context *context)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *registers = registers_now();
	struct call call = {};
	struct socket *socket;
	struct file *file = NULL;
	struct sock *sock;

	begin(&call, context, registers);
	bpf_probe_read_kernel(&file, sizeof(file), &task->files->fdt->fd[call.arguments[0]]);
	socket = BPF_CORE_READ(file, private_data);
	sock = BPF_CORE_READ(socket, sk);
	call.ends[0] = BPF_CORE_READ(sock, __sk_common.skc_rcv_saddr);
	call.ends[1] = BPF_CORE_READ(sock, __sk_common.skc_num);
	call.ends[2] = BPF_CORE_READ(sock, __sk_common.skc_family);
	call.ends[3] = BPF_CORE_READ(sock, __sk_common.skc_bound_dev_if);
	emit(&call, sizeof(call));
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_bind")
int bind_exit(struct syscall_exit_context *context)
{
	return report_socket_call(context);
}

SEC("tracepoint/syscalls/sys_exit_listen")
int listen_exit(struct syscall_exit_context *context)
{
	return report_socket_call(context);
}

static __always_inline void take_start(struct call *call)
{
	__u64 *start = bpf_map_lookup_elem(&starts, &call->who.tid);

	if (!start)
		return;
	call->began_ns = *start;
	bpf_map_delete_elem(&starts, &call->who.tid);
}

SEC("tracepoint/syscalls/sys_enter_fdatasync")
int sync_enter(void *context)
{
	keep_start();
	return 0;
}

/* With the file's name. */
SEC("tracepoint/syscalls/sys_exit_fdatasync")
int sync_exit(struct syscall_exit_context *context)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *file = NULL;
	struct call call = {};

	begin(&call, context, registers_now());
	take_start(&call);
	bpf_probe_read_kernel(&file, sizeof(file), &task->files->fdt->fd[call.arguments[0]]);
	bpf_probe_read_kernel_str(call.path, sizeof(call.path),
				  BPF_CORE_READ(file, f_path.dentry, d_name.name));
	emit(&call, sizeof(call));
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_umount")
int unmount_enter(void *context)
{
	keep_start();
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_umount")
int unmount_exit(struct syscall_exit_context *context)
{
	struct call call = {};

	begin(&call, context, registers_now());
	take_start(&call);
	bpf_probe_read_user_str(call.path, sizeof(call.path), (void *)call.arguments[0]);
	emit(&call, sizeof(call));
	return 0;
}

struct signal {
	struct who who;
	__u64 target_comm[2];
	__u32 target;
	__s32 number;
	__s32 result;
	__u32 padding;
};

SEC("tp_btf/signal_generate")
int BPF_PROG(signal, int number, void *information, struct task_struct *target, int group,
	     int result)
{
	struct signal signal = { .number = number, .result = result };

	describe(&signal.who);
	signal.target = target->tgid;
	signal.target_comm[0] = *(__u64 *)&target->comm[0];
	signal.target_comm[1] = *(__u64 *)&target->comm[8];
	emit(&signal, sizeof(signal));
	return 0;
}

/* struct msghdr and struct cmsghdr with one descriptor */
struct message {
	__u64 name, name_size, parts, part_count, control, control_size, flags;
};

struct rights {
	__u64 size;
	__s32 level, type, descriptor;
};

static __always_inline int report_rights(struct syscall_exit_context *context)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct rights rights = {};
	struct file *file = NULL;
	struct message message;
	struct call call = {};

	begin(&call, context, registers_now());
	if (bpf_probe_read_user(&message, sizeof(message), (void *)call.arguments[1]) ||
	    message.control_size < sizeof(rights) ||
	    bpf_probe_read_user(&rights, sizeof(rights), (void *)message.control))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), &task->files->fdt->fd[call.arguments[0]]);
	call.ends[0] = BPF_CORE_READ(file, f_inode, i_ino);
	bpf_probe_read_kernel(&file, sizeof(file), &task->files->fdt->fd[rights.descriptor]);
	call.ends[1] = BPF_CORE_READ(file, f_inode, i_ino);
	bpf_probe_read_kernel_str(call.path, sizeof(call.path),
				  BPF_CORE_READ(file, f_path.dentry, d_name.name));
	emit(&call, sizeof(call));
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_sendmsg")
int rights_sent(struct syscall_exit_context *context)
{
	return report_rights(context);
}

SEC("tracepoint/syscalls/sys_exit_recvmsg")
int rights_received(struct syscall_exit_context *context)
{
	return report_rights(context);
}

/* linux/major.h, for the eight of UNIX98_PTY_SLAVE_MAJOR */
#define TERMINALS 136

/* What is written to a terminal, up to the room for a path. */
SEC("tracepoint/syscalls/sys_exit_write")
int terminal_written(struct syscall_exit_context *context)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *file = NULL;
	struct call call = {};
	__u32 size;

	begin(&call, context, registers_now());
	bpf_probe_read_kernel(&file, sizeof(file), &task->files->fdt->fd[call.arguments[0]]);
	call.ends[0] = BPF_CORE_READ(file, f_inode, i_rdev);
	if (call.ends[0] >> 20 < TERMINALS || call.ends[0] >> 20 > TERMINALS + 7)
		return 0;
	size = context->result & (sizeof(call.path) - 1);
	bpf_probe_read_user(call.path, size, (void *)call.arguments[1]);
	emit(&call, sizeof(call));
	return 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct signal);
} signals SEC(".maps");

/* The call that sends a signal does not know the name of the target. */
SEC("tp_btf/signal_generate")
int BPF_PROG(target, int number, void *information, struct task_struct *target, int group,
	     int result)
{
	struct signal signal = { .number = number, .result = result };
	__u32 thread = bpf_get_current_pid_tgid();

	signal.target = target->tgid;
	signal.target_comm[0] = *(__u64 *)&target->comm[0];
	signal.target_comm[1] = *(__u64 *)&target->comm[8];
	bpf_map_update_elem(&signals, &thread, &signal, BPF_ANY);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_kill")
int kill_exit(struct syscall_exit_context *context)
{
	struct call call = {};
	struct signal *signal;

	begin(&call, context, registers_now());
	signal = bpf_map_lookup_elem(&signals, &call.who.tid);
	if (signal) {
		__builtin_memcpy(call.path, signal->target_comm, sizeof(signal->target_comm));
		bpf_map_delete_elem(&signals, &call.who.tid);
	}
	emit(&call, sizeof(call));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
