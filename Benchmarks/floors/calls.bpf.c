// SPDX-License-Identifier: GPL-2.0
/* System calls: how many of each, and how long reads take. */
#include "floor.bpf.h"
#include "starts.bpf.h"
#include <bpf/bpf_core_read.h>
#include "lib/syscall.bpf.h"

#define CALLS 512

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CALLS);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

/* Only those whose numbers mean what they say: 32-bit programs have other ones. */
SEC("tp_btf/sys_exit")
int BPF_PROG(count_native, struct pt_regs *registers, long result)
{
	__u32 call = SYSCALL_NUMBER(registers);
	__u64 *counted;

	if (syscall_is_compat())
		return 0;
	counted = bpf_map_lookup_elem(&counts, &call);
	if (counted)
		++*counted;
	return 0;
}

/* Whose file system nobody asks. */
SEC("tp_btf/sys_enter")
int BPF_PROG(read_begins, struct pt_regs *registers, long number)
{
	if (number == SYSCALL_pread64)
		keep_start();
	return 0;
}

/* linux/magic.h */
#define EXT4_SUPER_MAGIC 0xef53

/* The same of a file on ext4. */
SEC("tp_btf/sys_enter")
int BPF_PROG(read_of_ext4_begins, struct pt_regs *registers, long number)
{
	struct file **files, *file;

	if (number != SYSCALL_pread64)
		return 0;
	files = bpf_get_current_task_btf()->files->fdt->fd;
	bpf_probe_read_kernel(&file, sizeof(file), &files[(__u32)SYSCALL_ARG1(registers)]);
	if (BPF_CORE_READ(file, f_inode, i_sb, s_magic) == EXT4_SUPER_MAGIC)
		keep_start();
	return 0;
}

static __always_inline __u64 read_time(struct pt_regs *registers)
{
	__u32 thread = bpf_get_current_pid_tgid();
	__u64 *start, time;

	if (SYSCALL_NUMBER(registers) != SYSCALL_pread64)
		return 0;
	start = bpf_map_lookup_elem(&starts, &thread);
	if (!start)
		return 0;
	time = bpf_ktime_get_ns() - *start;
	bpf_map_delete_elem(&starts, &thread);
	return time;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(read_ends, struct pt_regs *registers, long result)
{
	__u64 time = read_time(registers);

	if (time)
		distribute(time / 1000);
	return 0;
}

struct slow_read {
	struct who who;
	__u64 time;
	__s64 result;
};

SEC("tp_btf/sys_exit")
int BPF_PROG(slow_read_ends, struct pt_regs *registers, long result)
{
	struct slow_read read = { .result = result };

	read.time = read_time(registers);
	if (read.time < 10000000)
		return 0;
	describe(&read.who);
	emit(&read, sizeof(read));
	return 0;
}

struct call {
	struct who who;
	__s64 result;
	__u64 arguments[3];
};

SEC("tracepoint/syscalls/sys_exit_shmget")
int shmget_exit(struct syscall_exit_context *context)
{
	struct pt_regs *registers = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	struct call call = { .result = context->result,
			     .arguments = { SYSCALL_ARG1(registers), SYSCALL_ARG2(registers),
					    SYSCALL_ARG3(registers) } };

	describe(&call.who);
	emit(&call, sizeof(call));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
