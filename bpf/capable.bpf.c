// SPDX-License-Identifier: GPL-2.0
/*
 * Checks of capabilities: the end of cap_capable(), which all of them come to. The
 * tracepoint of that name says what was asked and answered, but not the options of
 * the check. The function does, but not for checks of its own file, where the compiler
 * may have put a copy of it into the caller: those of new mappings, of which there are
 * most, are missing in Debian's 5.10.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "capable.h"

#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/kernel_read.bpf.h"
#include "lib/stack_event.bpf.h"

const volatile struct capable_config config;

/* A check in an interrupted task is the interrupt's, which asks nothing. */
struct open_check {
	struct user_namespace *target;
	__u32 capability;
	__u32 options;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64); /* process and thread */
	__type(value, struct open_check);
} open_checks SEC(".maps");

struct known_check {
	__u64 whose;
	__u32 capability;
	__u32 is_denied;
};

/* What was reported, with --unique. A forgotten check is reported again. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct known_check);
	__type(value, __u8);
} known_checks SEC(".maps");

static __always_inline bool is_new(const struct capable_event *event)
{
	struct known_check check = {
		.capability = event->capability,
		.is_denied = event->result != 0,
	};
	__u8 yes = 1;

	check.whose = config.unique == CAPABLE_UNIQUE_PID ? bpf_get_current_pid_tgid() >> 32
							  : bpf_get_current_cgroup_id();
	return !bpf_map_update_elem(&known_checks, &check, &yes, BPF_NOEXIST);
}

static __always_inline bool is_own_child(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return task_ppid(task, config.own.pid_namespace) == config.own.pid;
}

static __always_inline bool is_wanted(__u32 capability)
{
	if (capability < 64 && !(config.capabilities & 1ULL << capability))
		return false;
	return current_passes(&config.trace.filter);
}

/* Too large for a program's own stack. */
struct check_record {
	struct capable_event event;
	struct stack_tail stacks;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct check_record);
} scratch SEC(".maps");

static __noinline void emit_with_stacks(void *context, const struct capable_event *event)
{
	__u32 zero = 0, size;
	struct check_record *record = bpf_map_lookup_elem(&scratch, &zero);

	if (!record)
		return;
	record->event = *event;
	size = take_stack_tail(context, &config.stacks, &record->stacks, &record->event.stacks);
	emit(&config.trace, record, sizeof(*event) + size);
}

static __always_inline int report(void *context, __u32 userns, __u32 capability, __u32 options,
				  int result)
{
	struct capable_event event = {
		.capability = capability,
		.result = result,
		.options = options,
		.userns = userns,
	};

	if ((config.denied_only && !result) ||
	    (config.audited_only && options & CAPABLE_OPTION_NO_AUDIT))
		return 0;
	if (!is_wanted(capability))
		return 0;
	fill_header(&config.trace, &event.header);
	if (is_own_event(&config.own, &config.trace, &event.header) ||
	    (config.skips_children && is_own_child()))
		return 0;
	if (config.unique && !is_new(&event))
		return 0;
	LEDGER_ADD(seen);
	if (config.stacks.kernel || config.stacks.user)
		emit_with_stacks(context, &event);
	else
		emit(&config.trace, &event, sizeof(event));
	return 0;
}

SEC("fexit/cap_capable")
int BPF_PROG(check_ends, const struct cred *credentials, struct user_namespace *target,
	     int capability, unsigned int options, int result)
{
	return report(ctx, target->ns.inum, capability, options | CAPABLE_OPTIONS_KNOWN, result);
}

SEC("tp_btf/cap_capable")
int BPF_PROG(check, const struct cred *credentials, struct user_namespace *target,
	     struct user_namespace *holder, int capability, int result)
{
	return report(ctx, target->ns.inum, capability, 0, result);
}

SEC("raw_tp/cap_capable")
int BPF_PROG(check_raw, const struct cred *credentials, struct user_namespace *target,
	     struct user_namespace *holder, int capability, int result)
{
	return report(ctx, KERNEL_READ(target, ns.inum), capability, 0, result);
}

SEC("kprobe/cap_capable")
int BPF_KPROBE(check_kprobe, const struct cred *credentials, struct user_namespace *target,
	       int capability, unsigned int options)
{
	struct open_check open = {
		.target = target,
		.capability = capability,
		.options = options | CAPABLE_OPTIONS_KNOWN,
	};
	__u64 ids = bpf_get_current_pid_tgid();

	bpf_map_update_elem(&open_checks, &ids, &open, BPF_ANY);
	return 0;
}

SEC("kretprobe/cap_capable")
int BPF_KRETPROBE(check_kretprobe, int result)
{
	__u64 ids = bpf_get_current_pid_tgid();
	struct open_check *open = bpf_map_lookup_elem(&open_checks, &ids), check;
	struct user_namespace *target;

	if (!open)
		return 0;
	check = *open;
	bpf_map_delete_elem(&open_checks, &ids);
	target = check.target;
	return report(ctx, KERNEL_READ(target, ns.inum), check.capability, check.options, result);
}

char LICENSE[] SEC("license") = "GPL";
