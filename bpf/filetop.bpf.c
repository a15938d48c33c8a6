// SPDX-License-Identifier: GPL-2.0
/* What threads read from files and write to them. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "filetop.h"
#include "lib/kernel_read.bpf.h"

#define TOTALS_KEY   struct filetop_key
#define TOTALS_VALUE struct filetop_totals

#include "lib/totals.bpf.h"

const volatile struct filetop_config config;

#include "lib/transfers.bpf.h"

static __always_inline __u64 ids_of(struct task_struct *task)
{
	const __u32 namespace = config.trace.pid_namespace;

	if (!task)
		return current_ids(namespace);
	return (__u64)task_pid(task, namespace) << 32 | task_tid(task, namespace);
}

static __always_inline void read_names(struct filetop_totals *totals, struct task_struct *task,
				       struct file *file)
{
	if (task)
		BPF_CORE_READ_STR_INTO(&totals->comm, task, comm);
	else
		bpf_get_current_comm(totals->comm, sizeof(totals->comm));
	bpf_probe_read_kernel_str(totals->name, sizeof(totals->name),
				  KERNEL_READ(file, f_path.dentry, d_name.name));
}

static __noinline int count_transfer(struct task_struct *task, struct file *file, __u64 bytes,
				     bool is_written)
{
	__u32 direction = is_written ? TRANSFER_WRITTEN : TRANSFER_READ;
	__u64 ids = ids_of(task);
	struct inode *inode = KERNEL_READ(file, f_inode);
	struct filetop_key key = { .address = (__u64)inode };
	struct filetop_totals *totals;

	key.type = file_type(inode);
	if (!(config.directions & direction) || (!config.all_types && key.type != S_IFREG))
		return 0;
	if (config.directories.enabled && directory_of_file(file) == NO_DIRECTORY)
		return 0;
	key.inode = KERNEL_READ(inode, i_ino);
	key.generation = KERNEL_READ(inode, i_generation);
	key.device = KERNEL_READ(inode, i_sb, s_dev);
	key.pid = ids >> 32;
	key.tid = ids;
	totals = totals_of(&key);
	if (!totals)
		return 0;
	/* Another task of this key would read the same. */
	if (!totals->moved.reads && !totals->moved.writes)
		read_names(totals, task, file);
	add_transfer(&totals->moved, bytes, is_written);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
