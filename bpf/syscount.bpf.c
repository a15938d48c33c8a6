// SPDX-License-Identifier: GPL-2.0
/*
 * How often system calls are made, and how long they take. This runs at each call of
 * the whole machine, so what keeps most calls out is asked first.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "syscount.h"

#define TALLY_KINDS SYSCALL_KINDS

#include "lib/filter.bpf.h"
#include "lib/syscall.bpf.h"
#include "lib/tally.bpf.h"

const volatile struct syscount_config config;

/*
 * By thread: when its system call began, or 0. An entry stays with its thread, since
 * to change one costs less than to add and to remove it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* user space sets it where latency is measured */
	__type(key, __u32);
	__type(value, __u64);
} starts SEC(".maps");

static __always_inline bool task_is_wanted(void)
{
	if (!current_passes(&config.trace.filter))
		return false;
	return !config.ppid || task_ppid((void *)bpf_get_current_task(),
					 config.trace.filter.pid_namespace) == config.ppid;
}

static __always_inline bool call_is_wanted(long number)
{
	return !config.one_call || (number == config.call && !syscall_is_compat());
}

static __always_inline int syscall_begins(long number)
{
	__u32 tid = bpf_get_current_pid_tgid();
	__u64 now, *start;

	if (!call_is_wanted(number) || !task_is_wanted())
		return 0;
	start = bpf_map_lookup_elem(&starts, &tid);
	now = bpf_ktime_get_ns();
	if (start)
		*start = now;
	else if (bpf_map_update_elem(&starts, &tid, &now, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

/* How long the call took, at least 1; 0 where its start was not wanted or not seen. */
static __always_inline __u64 time_since_start(void)
{
	__u32 tid = bpf_get_current_pid_tgid();
	__u64 now, began, *start = bpf_map_lookup_elem(&starts, &tid);

	if (!start || !*start)
		return 0;
	now = bpf_ktime_get_ns();
	began = *start;
	*start = 0;
	return now > began ? now - began : 1;
}

static __always_inline int syscall_ends(long number, long result)
{
	__u64 nanoseconds = 0;
	__u32 kind = number;
	bool compat;

	/* Of those that are filtered too, or the next call would have their start. */
	if (config.latency) {
		nanoseconds = time_since_start();
		if (!nanoseconds)
			return 0;
	}
	if (config.failed_only && result >= 0)
		return 0;
	if (config.error && result != -(long)config.error)
		return 0;
	/* A return from a signal has no number. */
	if (number < 0 || !call_is_wanted(number))
		return 0;
	if (!config.latency && !task_is_wanted())
		return 0;
	compat = syscall_is_compat();
	/* A new task comes out of the call that made it, as its maker does. */
	if (!result && syscall_makes_task(number, compat))
		return 0;
	if (config.per_process) {
		tally_process(config.trace.pid_namespace, nanoseconds);
		return 0;
	}
	if (compat)
		kind = SYSCALL_OF_32_BIT;
	else if (kind >= SYSCALL_OF_32_BIT)
		kind = SYSCALL_OTHER;
	tally_kind(kind, nanoseconds);
	return 0;
}

#include "lib/every_syscall.bpf.h"

char LICENSE[] SEC("license") = "GPL";
