// SPDX-License-Identifier: GPL-2.0
/* How long threads wait for futexes, by the futex and the stack that waits. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "futexctn.h"

#define STACK_KEY     struct futexctn_key
#define HISTOGRAM_KEY struct futexctn_key
#define HISTOGRAM_SET stack_set

#include "lib/filter.bpf.h"
#include "lib/stack_store.bpf.h"
#include "lib/histogram.bpf.h"
#include "lib/syscall.bpf.h"

/* linux/futex.h */
#define FUTEX_WAIT	      0
#define FUTEX_LOCK_PI	      6
#define FUTEX_WAIT_BITSET     9
#define FUTEX_WAIT_REQUEUE_PI 11
#define FUTEX_LOCK_PI2	      13
#define FUTEX_CMD_MASK	      (~(128 | 256))

/* linux/errno.h: how a wait ends that was one. */
#define EINTR		      4
#define ETIMEDOUT	      110
#define ERESTARTSYS	      512
#define ERESTART_RESTARTBLOCK 516

const volatile struct futexctn_config config;

struct futex_wait {
	__u64 start_ns; /* 0: none is under way */
	__u64 lock;
	__u64 vector; /* where the futexes of a futex_waitv() are */
};

/* By thread. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, __u32);
	__type(value, struct futex_wait);
} futex_waits SEC(".maps");

/* The address of a futex in the list of a futex_waitv() (struct futex_waitv). */
static __always_inline __u64 futex_in_vector(__u64 vector, __u64 index)
{
	__u64 address = 0;

	bpf_probe_read_user(&address, sizeof(address), (void *)(vector + index * 24 + 8));
	return address;
}

static __always_inline bool call_waits(long number, __u64 operation)
{
	if (number == SYSCALL_futex_waitv || number == SYSCALL_futex_wait)
		return true;
	if (number != SYSCALL_futex)
		return false;
	switch ((int)operation & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
	case FUTEX_LOCK_PI:
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAIT_REQUEUE_PI:
	case FUTEX_LOCK_PI2:
		return true;
	}
	return false;
}

static __noinline int begin_wait(long number, __u64 address, __u64 operation)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct futex_wait wait = { .lock = address };

	if (!call_waits(number, operation) || !current_passes(&config.trace.filter))
		return 0;
	if (number == SYSCALL_futex_waitv) {
		wait.vector = address;
		wait.lock = futex_in_vector(address, 0);
	} else if (config.lock && address != config.lock) {
		return 0;
	}
	wait.start_ns = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&futex_waits, &tid, &wait, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

static __always_inline bool was_wait(long result)
{
	return result >= 0 || result == -ETIMEDOUT || result == -EINTR || result == -ERESTARTSYS ||
	       result == -ERESTART_RESTARTBLOCK;
}

static __always_inline int end_wait(void *context, long result)
{
	__u64 ids = bpf_get_current_pid_tgid(), value;
	__u32 tid = ids;
	struct futex_wait *wait = bpf_map_lookup_elem(&futex_waits, &tid);
	struct stack_scratch *scratch;
	struct histogram *histogram;

	if (!wait || !wait->start_ns)
		return 0;
	value = bpf_ktime_get_ns() - wait->start_ns;
	wait->start_ns = 0;
	if (!was_wait(result))
		return 0;
	/* A result of the call is the number of the futex that woke it. */
	if (wait->vector && result > 0)
		wait->lock = futex_in_vector(wait->vector, result);
	if (config.lock && wait->lock != config.lock)
		return 0;
	scratch = stack_scratch_here();
	if (!scratch)
		return 0;
	__builtin_memset(&scratch->key, 0, sizeof(scratch->key));
	ids = current_ids(config.trace.pid_namespace);
	scratch->key.lock = wait->lock;
	scratch->key.pid = ids >> 32;
	scratch->key.tid = ids;
	if (config.stacks.user)
		scratch->key.stack = take_user_stack(context, &config.stacks, &scratch->frames,
						     &scratch->key.owner);
	histogram =
		histogram_add_keyed(&scratch->key, value / (config.milliseconds ? 1000000 : 1000));
	if (histogram && !histogram->label[0])
		bpf_get_current_comm(histogram->label, sizeof(histogram->label));
	return 0;
}

SEC("tracepoint")
int call_enter(struct syscall_enter_context *context)
{
	return begin_wait(context->number, context->arguments[0], context->arguments[1]);
}

SEC("tracepoint")
int call_exit(struct syscall_exit_context *context)
{
	return end_wait(context, context->result);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(any_syscall_enter, struct pt_regs *regs, long number)
{
	if (!call_waits(number, SYSCALL_ARG2(regs)) || syscall_is_compat())
		return 0;
	return begin_wait(number, SYSCALL_ARG1(regs), SYSCALL_ARG2(regs));
}

SEC("tp_btf/sys_exit")
int BPF_PROG(any_syscall_exit, struct pt_regs *regs, long result)
{
	return end_wait(ctx, result);
}

/* For a kernel whose types are in a file only, to which nothing attaches by type. */
SEC("raw_tp/sys_enter")
int BPF_PROG(any_syscall_enter_raw, struct pt_regs *regs, long number)
{
	struct pt_regs saved;

	if (bpf_probe_read_kernel(&saved, sizeof(saved), regs) ||
	    !call_waits(number, SYSCALL_ARG2(&saved)) || syscall_is_compat())
		return 0;
	return begin_wait(number, SYSCALL_ARG1(&saved), SYSCALL_ARG2(&saved));
}

SEC("raw_tp/sys_exit")
int BPF_PROG(any_syscall_exit_raw, struct pt_regs *regs, long result)
{
	return end_wait(ctx, result);
}

char LICENSE[] SEC("license") = "GPL";
