// SPDX-License-Identifier: GPL-2.0
/* How long threads wait for futexes. */
#include "floor.bpf.h"
#include "stacks.bpf.h"
#include "lib/syscall.bpf.h"

struct wait {
	__u64 since;
	__u64 lock;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct wait);
} waits SEC(".maps");

struct place {
	__u64 lock;
	__u32 pid;
	__s32 stack;
};

struct waited {
	__u64 count;
	__u64 total;
	__u64 longest;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct place);
	__type(value, struct waited);
} waited SEC(".maps");

static __always_inline int begin(__u64 lock)
{
	__u32 thread = bpf_get_current_pid_tgid();
	struct wait wait = { bpf_ktime_get_ns(), lock };

	bpf_map_update_elem(&waits, &thread, &wait, BPF_ANY);
	return 0;
}

static __always_inline int end(void *context)
{
	__u64 ids = bpf_get_current_pid_tgid(), time;
	__u32 thread = ids;
	struct wait *wait = bpf_map_lookup_elem(&waits, &thread);
	struct waited *sum, first = {};
	struct place place = {};

	if (!wait)
		return 0;
	time = bpf_ktime_get_ns() - wait->since;
	place.lock = wait->lock;
	place.pid = ids >> 32;
	place.stack = bpf_get_stackid(context, &stacks, BPF_F_USER_STACK);
	bpf_map_delete_elem(&waits, &thread);
	sum = bpf_map_lookup_elem(&waited, &place);
	if (!sum) {
		bpf_map_update_elem(&waited, &place, &first, BPF_NOEXIST);
		sum = bpf_map_lookup_elem(&waited, &place);
		if (!sum)
			return 0;
	}
	__sync_fetch_and_add(&sum->count, 1);
	__sync_fetch_and_add(&sum->total, time);
	if (time > sum->longest)
		sum->longest = time;
	return 0;
}

/* linux/futex.h: the command without its flags, of which only this one waits. */
#define FUTEX_COMMANDS 0x7f
#define FUTEX_WAIT     0

SEC("tracepoint/syscalls/sys_enter_futex")
int futex_enter(struct syscall_enter_context *context)
{
	struct pt_regs *registers = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());

	return (SYSCALL_ARG2(registers) & FUTEX_COMMANDS) == FUTEX_WAIT
		       ? begin(SYSCALL_ARG1(registers))
		       : 0;
}

SEC("tracepoint/syscalls/sys_exit_futex")
int futex_exit(struct syscall_exit_context *context)
{
	return end(context);
}

char LICENSE[] SEC("license") = "GPL";
