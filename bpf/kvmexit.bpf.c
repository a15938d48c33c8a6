// SPDX-License-Identifier: GPL-2.0
/* Why virtual CPUs leave their guests, and why they return to user space. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "kvmexit.h"
#include "lib/kernel_read.bpf.h"

#define TOTALS_KEY     struct kvmexit_key
#define TOTALS_VALUE   struct kvmexit_totals
#define TOTALS_ENTRIES 32768

#include "lib/files.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/syscall.bpf.h"
#include "lib/totals.bpf.h"

const volatile struct kvmexit_config config;

static __always_inline bool thread_is_listed(__u32 tid)
{
#pragma clang loop unroll(disable)
	for (__u32 index = 0; index < KVMEXIT_THREADS; index++) {
		if (index >= config.thread_count)
			break;
		if (config.threads[index] == tid)
			return true;
	}
	return false;
}

static __always_inline bool caller_passes(void)
{
	return !config.trace.filter.enabled || current_passes_inline(&config.trace.filter);
}

static __always_inline int count_exit(__u32 vcpu, __u32 kind, __u32 reason)
{
	__u64 ids = current_ids(config.trace.pid_namespace);
	struct kvmexit_key key = {
		.pid = ids >> 32,
		.tid = ids,
		.vcpu = vcpu,
		.kind = kind,
		.reason = reason,
	};
	struct kvmexit_totals *totals;

	if (config.one_vcpu && vcpu != config.vcpu)
		return 0;
	if (config.thread_count && !thread_is_listed(ids))
		return 0;
	totals = totals_of(&key);
	if (totals)
		ATOMIC_ADD(&totals->count, 1);
	return 0;
}

/* By a helper, since the place is not known to the compiler. */
static __always_inline __u32 field_at(void *record, __u32 offset)
{
	__u32 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), record + offset);
	return value;
}

SEC("tracepoint/kvm/kvm_exit")
int guest_exit(void *record)
{
	__u32 vcpu = KVMEXIT_NO_VCPU;

	if (!caller_passes())
		return 0;
	if (config.vcpus && config.vcpu_offset)
		vcpu = field_at(record, config.vcpu_offset);
	return count_exit(vcpu, field_at(record, config.isa_offset),
			  field_at(record, config.reason_offset));
}

/* What KVM calls the file of a virtual CPU: kvm-vcpu:12 (create_vcpu_fd()). */
#define VCPU_PREFIX 9

/* The number at the end of such a name. */
static __always_inline __u32 vcpu_of_name(const char *name)
{
	__u32 number = 0;

	if (*(__u64 *)name != *(__u64 *)"kvm-vcpu" || name[8] != ':')
		return KVMEXIT_NO_VCPU;
	for (int index = VCPU_PREFIX; index < 15; index++) {
		__u32 digit = (__u8)name[index] - '0';

		if (digit > 9)
			break;
		number = number * 10 + digit;
	}
	return number;
}

/* The one that the running system call is for, whose record does not say it. */
static __always_inline __u32 called_vcpu(void)
{
	char name[16] __attribute__((aligned(8))) = {};
	struct task_struct *task;
	struct pt_regs *regs;
	struct file *file;

	if (!config.vcpus || !tells_task_registers())
		return KVMEXIT_NO_VCPU;
	task = bpf_get_current_task_btf();
	regs = (void *)bpf_task_pt_regs(task);
	file = file_of_descriptor(task, SYSCALL_ARG1(regs));
	if (!file)
		return KVMEXIT_NO_VCPU;
	bpf_probe_read_kernel_str(name, sizeof(name),
				  KERNEL_READ(file, f_path.dentry, d_name.name));
	return vcpu_of_name(name);
}

/* By name alone, since KVM is mostly a module, whose types the tool does not read. */
SEC("raw_tp/kvm_userspace_exit")
int BPF_PROG(user_exit, __u32 reason, int error)
{
	if (!caller_passes())
		return 0;
	/* Then there is no reason. */
	if (error < 0)
		return count_exit(called_vcpu(), KVMEXIT_FAILED, -error);
	return count_exit(called_vcpu(), KVMEXIT_USER, reason);
}

char LICENSE[] SEC("license") = "GPL";
