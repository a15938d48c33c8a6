// SPDX-License-Identifier: GPL-2.0
/* What is read of which file by whom, what lies in which directory, and which reads are slow. */
#include "floor.bpf.h"
#include "lib/files.bpf.h"
#include "lib/syscall.bpf.h"

struct file_key {
	__u64 inode;
	__u32 device;
	__u32 generation;
	__u64 task;
};

struct transferred {
	__u64 reads;
	__u64 bytes;
	char comm[16];
	char name[32];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, struct file_key);
	__type(value, struct transferred);
} files SEC(".maps");

const struct transferred nothing;

static __always_inline void count_read(struct file *file, __u64 bytes)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct file_key key = {
		.inode = BPF_CORE_READ(inode, i_ino),
		.device = BPF_CORE_READ(inode, i_sb, s_dev),
		.generation = BPF_CORE_READ(inode, i_generation),
		.task = bpf_get_current_pid_tgid(),
	};
	struct transferred *counted = bpf_map_lookup_elem(&files, &key);

	if (!counted) {
		bpf_map_update_elem(&files, &key, &nothing, BPF_NOEXIST);
		counted = bpf_map_lookup_elem(&files, &key);
		if (!counted)
			return;
		bpf_get_current_comm(counted->comm, sizeof(counted->comm));
		bpf_probe_read_kernel_str(counted->name, sizeof(counted->name),
					  BPF_CORE_READ(file, f_path.dentry, d_name.name));
	}
	__sync_fetch_and_add(&counted->reads, 1);
	__sync_fetch_and_add(&counted->bytes, bytes);
}

static __always_inline struct file *file_of_read(struct syscall_exit_context *context)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *registers = (void *)bpf_task_pt_regs(task);

	return context->result < 0 ? NULL : file_of_descriptor(task, SYSCALL_ARG1(registers));
}

SEC("tracepoint/syscalls/sys_exit_pread64")
int count_by_file(struct syscall_exit_context *context)
{
	struct file *file = file_of_read(context);

	if (file)
		count_read(file, context->result);
	return 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u64);
	__type(value, struct transferred);
} directories SEC(".maps");

/* No directory is known, so that each above the file is asked for. */
SEC("tracepoint/syscalls/sys_exit_pread64")
int count_by_directory(struct syscall_exit_context *context)
{
	struct file *file = file_of_read(context);
	struct dentry *entry = BPF_CORE_READ(file, f_path.dentry);

	for (int step = 0; file && step < 32; step++) {
		struct dentry *parent = BPF_CORE_READ(entry, d_parent);
		__u64 inode = (__u64)BPF_CORE_READ(entry, d_inode);
		struct transferred *counted = bpf_map_lookup_elem(&directories, &inode);

		if (counted)
			__sync_fetch_and_add(&counted->reads, 1);
		if (parent == entry)
			break;
		entry = parent;
	}
	if (file)
		count_read(file, context->result);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
