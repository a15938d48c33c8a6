// SPDX-License-Identifier: GPL-2.0
/* Signals when the kernel makes them, or the system calls that send them. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "sigsnoop.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/kernel_read.bpf.h"
#include "lib/syscall.bpf.h"

#define TRACED_CALLS(CALL) \
	CALL(kill)         \
	CALL(tkill)        \
	CALL(tgkill) CALL(rt_sigqueueinfo) CALL(rt_tgsigqueueinfo) CALL(pidfd_send_signal)

/* <signal.h>, which a BPF program cannot include. */
#define SIGCHLD		       17
#define SI_KERNEL	       0x80
#define SI_TIMER	       (-2)
#define SI_ASYNCIO	       (-4)

/* linux/sched/signal.h: in place of the address of a siginfo. */
#define SEND_SIG_NOINFO	       0
#define SEND_SIG_PRIV	       1

/* trace/events/signal.h: from 1 on a signal is not queued; the last one lacks its siginfo. */
#define TRACE_SIGNAL_LOSE_INFO 4

const volatile struct sigsnoop_config config;

static __always_inline bool signal_is_wanted(int signal)
{
	if (!config.signals && !config.null_signal)
		return true;
	if (!signal)
		return config.null_signal;
	return signal > 0 && signal <= 64 && config.signals >> (signal - 1) & 1;
}

/* Where a signal comes from (si_code). What the kernel sends may have no siginfo. */
static __always_inline int signal_code(struct kernel_siginfo *info)
{
	if ((__u64)info > SEND_SIG_PRIV)
		return KERNEL_READ(info, si_code);
	return (__u64)info == SEND_SIG_NOINFO ? 0 : SI_KERNEL;
}

/* Whether the running process has this number where another task is. */
static __always_inline bool current_is(__u32 number, struct task_struct *there)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	if (!KERNEL_READ(there, thread_pid, level))
		return KERNEL_READ(task, tgid) == (int)number;
	return task_number(task, true, task_pid_namespace(there)) == number;
}

/*
 * Whether the running task is the sender. What user space sends has a code of at most 0,
 * but for two that are sent in interrupts. Of the rest it is so where a process sends a
 * signal to itself, by a fault, or to its parent.
 */
static __always_inline bool current_sends(int signal, struct kernel_siginfo *info, int code,
					  struct task_struct *target)
{
	struct task_struct *task;

	if (code <= 0)
		return code != SI_TIMER && code != SI_ASYNCIO;
	if (signal == SIGCHLD && code != SI_KERNEL)
		return current_is(KERNEL_READ(info, _sifields._kill._pid), target);
	task = (void *)bpf_get_current_task();
	return code != SI_KERNEL && KERNEL_READ(task, tgid) == KERNEL_READ(target, tgid);
}

static __always_inline int report_signal(int signal, struct kernel_siginfo *info,
					 struct task_struct *target, int result)
{
	struct sigsnoop_event event = {
		.signal = signal,
		.result = result,
		.flags = SIGSNOOP_HAS_CODE | SIGSNOOP_HAS_TARGET,
	};

	if (!signal_is_wanted(signal))
		return 0;
	if (config.failed_only && (!result || result == TRACE_SIGNAL_LOSE_INFO))
		return 0;
	event.target_pid = task_pid(target, config.trace.pid_namespace);
	if (config.target && event.target_pid != (int)config.target)
		return 0;
	event.code = signal_code(info);
	if (current_sends(signal, info, event.code, target)) {
		if (!current_passes(&config.trace.filter))
			return 0;
		fill_header(&config.trace, &event.header);
	} else {
		if (config.trace.filter.enabled)
			return 0;
		event.header.time_ns = bpf_ktime_get_ns();
		event.header.cpu = bpf_get_smp_processor_id();
	}
	LEDGER_ADD(seen);
	event.target_tid = task_tid(target, config.trace.pid_namespace);
	KERNEL_READ_16(event.target_comm, target, comm);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

SEC("tp_btf/signal_generate")
int tp_btf_signal(__u64 *args)
{
	return report_signal(args[0], (void *)args[1], (void *)args[2], args[4]);
}

SEC("raw_tp/signal_generate")
int raw_tp_signal(__u64 *args)
{
	return report_signal(args[0], (void *)args[1], (void *)args[2], args[4]);
}

/* The target of the last signal that a thread has sent. */
struct target {
	__s32 signal;
	__s32 pid;
	char comm[COMM_SIZE];
};

/* By thread. The oldest make room, since a thread may end before its call. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct target);
} targets SEC(".maps");

/* Beside the exits of the calls, which do not know the name of the target. */
SEC("raw_tp/signal_generate")
int raw_tp_target(__u64 *args)
{
	struct target target = { .signal = args[0] };
	struct task_struct *task = (void *)args[2];
	__u32 tid = bpf_get_current_pid_tgid();

	if (args[1] <= SEND_SIG_PRIV || signal_code((void *)args[1]) > 0 ||
	    !current_passes(&config.trace.filter))
		return 0;
	target.pid = task_pid(task, config.trace.pid_namespace);
	KERNEL_READ_16(target.comm, task, comm);
	if (bpf_map_update_elem(&targets, &tid, &target, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

static __always_inline bool is_wanted(long result)
{
	if (config.failed_only && result >= 0)
		return false;
	return current_passes(&config.trace.filter);
}

/* What the call was told. */
static __always_inline void read_arguments(struct sigsnoop_event *event, long number,
					   const struct pt_regs *regs)
{
	switch (number) {
	case SYSCALL_tgkill:
	case SYSCALL_rt_tgsigqueueinfo:
		event->target_tid = SYSCALL_ARG2(regs);
		event->signal = SYSCALL_ARG3(regs);
		break;
	case SYSCALL_tkill:
		event->target_tid = SYSCALL_ARG1(regs);
		event->signal = SYSCALL_ARG2(regs);
		break;
	default:
		event->signal = SYSCALL_ARG2(regs);
	}
	if (number == SYSCALL_pidfd_send_signal)
		return;
	event->target_pid = SYSCALL_ARG1(regs);
	event->flags |= SIGSNOOP_HAS_TARGET;
}

/* Adds what is known of the target of a call that has succeeded. */
static __always_inline void add_target(struct sigsnoop_event *event)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct target *target = bpf_map_lookup_elem(&targets, &tid);

	if (!target)
		return;
	/* A group of processes has no one name. */
	if (target->signal == event->signal && !event->result &&
	    (event->target_pid > 0 || !(event->flags & SIGSNOOP_HAS_TARGET))) {
		if (!(event->flags & SIGSNOOP_HAS_TARGET))
			event->target_pid = target->pid;
		event->flags |= SIGSNOOP_HAS_TARGET;
		__builtin_memcpy(event->target_comm, target->comm, COMM_SIZE);
	}
	bpf_map_delete_elem(&targets, &tid);
}

static __noinline int report_call(long number, const struct pt_regs *regs, long result)
{
	struct sigsnoop_event event = {
		.result = result,
		.number = number,
		.flags = SIGSNOOP_IS_CALL,
	};

	read_arguments(&event, number, regs);
	add_target(&event);
	if (!signal_is_wanted(event.signal))
		return 0;
	if (config.target && event.target_pid != (int)config.target)
		return 0;
	LEDGER_ADD(seen);
	fill_header(&config.trace, &event.header);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

#include "lib/syscall_exits.bpf.h"

char LICENSE[] SEC("license") = "GPL";
