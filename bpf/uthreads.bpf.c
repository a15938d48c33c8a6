// SPDX-License-Identifier: GPL-2.0
/*
 * Threads, by the function of the C library that creates them, and by the probes of runtimes of
 * languages where they begin and end.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "uthreads.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/stack_owner.bpf.h"

const volatile struct uthreads_config config;

#include "lib/language.bpf.h"

/* include/uapi/linux/sched.h */
#define CLONE_THREAD 0x00010000

/* The functions in which threads are to start that are being created, by who creates them. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64); /* process and thread */
	__type(value, __u64);
} functions SEC(".maps");

/* pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) */
SEC("uprobe")
int thread_created(struct pt_regs *regs)
{
	__u64 thread = bpf_get_current_pid_tgid(), function = PT_REGS_PARM3(regs);

	if (!current_passes(&config.trace.filter))
		return 0;
	if (bpf_map_update_elem(&functions, &thread, &function, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

/* The kernel makes it, in the thread that creates it: only now it has a number. */
SEC("raw_tp/task_newtask")
int BPF_PROG(new_task, struct task_struct *task, unsigned long flags)
{
	__u64 thread = bpf_get_current_pid_tgid(), *function;
	struct uthreads_event *event;

	if (!(flags & CLONE_THREAD))
		return 0;
	function = bpf_map_lookup_elem(&functions, &thread);
	if (!function)
		return 0;
	event = begin_event(&config.trace, sizeof(*event));
	if (event) {
		event->owner = task_stack_owner((void *)bpf_get_current_task(),
						config.trace.pid_namespace, false);
		event->function = *function;
		event->native_id = task_tid(task, config.trace.pid_namespace);
		event->kind = UTHREADS_CREATED;
		submit_event(&config.trace, event, sizeof(*event));
	}
	bpf_map_delete_elem(&functions, &thread);
	return 0;
}

static __always_inline int report(struct pt_regs *regs, const struct language_place *place,
				  __u32 kind)
{
	struct uthreads_event *event;

	if (!current_passes(&config.trace.filter))
		return 0;
	event = begin_event(&config.trace, sizeof(*event));
	if (!event)
		return 0;
	event->kind = kind;
	event->runtime_id = language_number(regs, place, 0);
	event->native_id = language_number(regs, place, 1);
	count_cut(read_language_text(event->name, UTHREADS_NAME_SIZE, regs, place, 0),
		  UTHREADS_NAME_SIZE);
	submit_event(&config.trace, event, sizeof(*event));
	return 0;
}

static __always_inline int thread_begins(struct pt_regs *regs, const struct language_place *place)
{
	return report(regs, place, UTHREADS_BEGAN);
}

static __always_inline int thread_ends(struct pt_regs *regs, const struct language_place *place)
{
	return report(regs, place, UTHREADS_ENDED);
}

LANGUAGE_PROGRAM(thread_begins, 0, 0)
LANGUAGE_PROGRAM(thread_ends, 1, 0)

char LICENSE[] SEC("license") = "GPL";
