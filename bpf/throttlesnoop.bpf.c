// SPDX-License-Identifier: GPL-2.0
/* Tasks that the CPU limit of their control group holds back, when they run again. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "throttlesnoop.h"
#include "lib/elapsed.bpf.h"
#include "lib/events.bpf.h"
#include "lib/field.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/kernel_read.bpf.h"

/* linux/sched/prio.h: tasks of a lower number are not of the fair class. */
#define MAX_RT_PRIO  100

/* How many nested groups of a task are looked at. */
#define GROUP_LEVELS 16

const volatile struct throttlesnoop_config config;

/*
 * Since when a thread is off the CPUs though it could run, and the group that holds it
 * back; NULL where none did when it left its CPU. Kept until it runs.
 */
struct hold {
	__u64 since;
	struct task_group *group;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, __u32);
	__type(value, struct hold);
} holds SEC(".maps");

/* When the queue of a group on a CPU was last throttled, also by the clock of that CPU. */
struct throttling {
	__u64 clock;
	__u64 start;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct cfs_rq *);
	__type(value, struct throttling);
} throttlings SEC(".maps");

/*
 * From 6.18 a queue that is throttled lets its tasks run on in the kernel, and holds each one
 * back when it would return to user space; the task then says so (seen in the types of 6.18,
 * which 6.12 lacks).
 */
static __always_inline bool tasks_are_throttled(void)
{
	return bpf_core_field_exists(((struct task_struct *)0)->throttled);
}

/* Whether one of a task's groups has a limit. */
static __always_inline bool is_limited(struct task_struct *task, const bool typed)
{
	struct cfs_rq *queue = FIELD(task, se.cfs_rq);
	struct sched_entity *entity = FIELD(task, se.parent);

	if (FIELD(queue, runtime_enabled))
		return true;
#pragma clang loop unroll(disable)
	for (int level = 1; level < GROUP_LEVELS; level++) {
		if (!entity)
			return false;
		queue = FIELD(entity, cfs_rq);
		if (FIELD(queue, runtime_enabled))
			return true;
		entity = FIELD(entity, parent);
	}
	return false;
}

/* The queue by whose own limit a task is held back; NULL where none is. */
static __noinline struct cfs_rq *throttled_queue(struct task_struct *task)
{
	struct sched_entity *entity = &task->se;

#pragma clang loop unroll(disable)
	for (int level = 0; level < GROUP_LEVELS; level++) {
		struct cfs_rq *queue = KERNEL_READ(entity, cfs_rq);

		/* A bit of several from 6.18 on. */
		if (queue && BPF_CORE_READ_BITFIELD_PROBED(queue, throttled))
			return queue;
		entity = KERNEL_READ(entity, parent);
		if (!entity)
			return NULL;
	}
	return NULL;
}

static __always_inline void note_throttling(struct cfs_rq *queue, __u64 now)
{
	struct throttling throttling = { KERNEL_READ(queue, throttled_clock), now }, *known;

	known = bpf_map_lookup_elem(&throttlings, &queue);
	if (known && known->clock == throttling.clock)
		return;
	if (bpf_map_update_elem(&throttlings, &queue, &throttling, BPF_ANY))
		LEDGER_ADD(map_full);
}

/* A task of the filter could run, but does not. */
static __noinline int keep_hold(struct task_struct *task)
{
	struct cfs_rq *queue = throttled_queue(task);
	struct hold hold = { bpf_ktime_get_ns() };
	__u32 tid = KERNEL_READ(task, pid);

	if (queue) {
		hold.group = KERNEL_READ(queue, tg);
		if (!tasks_are_throttled())
			note_throttling(queue, hold.since);
	}
	/* A task that was preempted on its way to sleep waits already when it is woken. */
	if (!bpf_map_lookup_elem(&holds, &tid) &&
	    bpf_map_update_elem(&holds, &tid, &hold, BPF_NOEXIST))
		LEDGER_ADD(map_full);
	return 0;
}

static __always_inline int leaves_cpu(struct task_struct *prev, const bool typed)
{
	if (FIELD(prev, throttled) && task_passes(&config.trace.filter, prev, typed))
		keep_hold(prev);
	return 0;
}

/* The same where the whole queue of a group is held back, with all that is in it. */
static __always_inline int waits(struct task_struct *task, const bool typed)
{
	if (FIELD(task, prio) < MAX_RT_PRIO || !is_limited(task, typed) ||
	    !task_passes(&config.trace.filter, task, typed))
		return 0;
	return keep_hold(task);
}

/*
 * The group that a task belongs to and that held it back, or NULL. What is not in it any
 * more cannot tell whether the group is still there.
 */
static __always_inline struct task_group *holding_group(struct task_struct *task, struct hold *hold)
{
	struct sched_entity *entity = &task->se;

#pragma clang loop unroll(disable)
	for (int level = 0; level < GROUP_LEVELS; level++) {
		struct cfs_rq *queue = KERNEL_READ(entity, cfs_rq);
		struct task_group *group = KERNEL_READ(queue, tg);
		struct throttling *throttling;

		if (hold->group && hold->group == group)
			return group;
		if (!hold->group) {
			throttling = bpf_map_lookup_elem(&throttlings, &queue);
			if (throttling && throttling->start >= hold->since) {
				hold->since = throttling->start;
				hold->group = group;
				return group;
			}
		}
		entity = KERNEL_READ(entity, parent);
		if (!entity)
			break;
	}
	return NULL;
}

static __always_inline void describe_group(struct throttlesnoop_event *event,
					   struct task_group *group)
{
	struct kernfs_node *node = KERNEL_READ(group, css.cgroup, kn);

	event->group_id = KERNEL_READ(node, id);
	event->quota_ns = KERNEL_READ(group, cfs_bandwidth.quota);
	event->period_ns = KERNEL_READ(group, cfs_bandwidth.period);
	event->throttled_ns = KERNEL_READ(group, cfs_bandwidth.throttled_time);
	event->throttled_periods = KERNEL_READ(group, cfs_bandwidth.nr_throttled);
	bpf_probe_read_kernel_str(event->group, sizeof(event->group), KERNEL_READ(node, name));
}

static __noinline int end_hold(struct task_struct *task, struct hold *kept)
{
	struct throttlesnoop_event event = {};
	struct task_group *group;
	struct hold hold;
	__u64 now;

	if (!kept)
		return 0;
	hold = *kept;
	group = holding_group(task, &hold);
	if (!hold.group)
		return 0;
	now = bpf_ktime_get_ns();
	event.held_ns = elapsed(hold.since, now);
	if (event.held_ns < config.min_ns)
		return 0;
	LEDGER_ADD(seen);
	fill_task_header(&config.trace, &event.header, task);
	if (config.trace.identity) {
		event.header.ppid = task_ppid(task, config.trace.pid_namespace);
		event.header.mntns = KERNEL_READ(task, nsproxy, mnt_ns, ns.inum);
		event.header.cgroup_id = KERNEL_READ(task, cgroups, dfl_cgrp, kn, id);
	}
	if (group)
		describe_group(&event, group);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

static __always_inline int gets_cpu(struct task_struct *next, const bool typed)
{
	__u32 tid = FIELD(next, pid);
	struct hold *hold = tid ? bpf_map_lookup_elem(&holds, &tid) : NULL;

	if (!hold)
		return 0;
	end_hold(next, hold);
	bpf_map_delete_elem(&holds, &tid);
	return 0;
}

static __always_inline int switches(bool preempted, struct task_struct *prev,
				    struct task_struct *next, const bool typed)
{
	if (tasks_are_throttled())
		leaves_cpu(prev, typed);
	else if (preempted || task_is_runnable(prev))
		waits(prev, typed);
	return gets_cpu(next, typed);
}

static __always_inline int wakes(struct task_struct *task, const bool typed)
{
	/* One that is woken on its way to sleep may still run. */
	return tasks_are_throttled() || FIELD(task, on_cpu) ? 0 : waits(task, typed);
}

#define THROTTLE_HOOKS(KIND, TYPED)                                           \
	SEC(#KIND "/sched_switch")                                            \
	int BPF_PROG(KIND##_switch, bool preempted, struct task_struct *prev, \
		     struct task_struct *next)                                \
	{                                                                     \
		return switches(preempted, prev, next, TYPED);                \
	}                                                                     \
                                                                              \
	SEC(#KIND "/sched_wakeup")                                            \
	int BPF_PROG(KIND##_wakeup, struct task_struct *task)                 \
	{                                                                     \
		return wakes(task, TYPED);                                    \
	}                                                                     \
                                                                              \
	SEC(#KIND "/sched_wakeup_new")                                        \
	int BPF_PROG(KIND##_wakeup_new, struct task_struct *task)             \
	{                                                                     \
		return wakes(task, TYPED);                                    \
	}

THROTTLE_HOOKS(tp_btf, true)
THROTTLE_HOOKS(raw_tp, false)

char LICENSE[] SEC("license") = "GPL";
