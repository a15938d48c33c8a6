// SPDX-License-Identifier: GPL-2.0
/* Who runs what and with which arguments, and whose child it is. */
#include "floor.bpf.h"

#define STRINGS_SIZE 4096

struct exec {
	struct who who;
	__u32 ppid;
	__u32 size;
	char strings[2 * STRINGS_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct exec);
} scratch SEC(".maps");

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task, int old_pid, struct linux_binprm *binprm)
{
	__u32 zero = 0;
	struct exec *exec = bpf_map_lookup_elem(&scratch, &zero);
	__u64 start = task->mm->arg_start, length = task->mm->arg_end - start;
	long path;

	if (!exec)
		return 0;
	describe(&exec->who);
	exec->ppid = task->real_parent->tgid;
	path = bpf_probe_read_kernel_str(exec->strings, STRINGS_SIZE, binprm->filename);
	if (path < 0 || path > STRINGS_SIZE || length > STRINGS_SIZE)
		return 0;
	if (bpf_probe_read_user(exec->strings + path, length, (void *)start))
		return 0;
	exec->size = path + length;
	emit(exec, sizeof(*exec) - sizeof(exec->strings) + path + length);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
