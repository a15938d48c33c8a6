/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * What every tool's programs and its user space share: the part of the
 * configuration and of the event that is the same for all. Both sides compile
 * this file, so it has only fixed-width integers and plain arrays; Swift
 * drops what has unions, bit-fields or pointers.
 */
#ifndef BPF_WIRE_H
#define BPF_WIRE_H

#ifdef __bpf__
#include "vmlinux.h"
#else
#include <linux/types.h>
#endif

#define COMM_SIZE      16

/* Maps of ids that somebody else fills. */
#define PINNED_CGROUPS 1
#define PINNED_MNTNS   2

/* Which tasks are traced. Zero in a field means that it does not filter. */
struct task_filter {
	__u32 enabled; /* 0: no field below filters */
	__u32 pid_count; /* 1: pid below; more: the map filter_pids */
	__u32 pid; /* process (thread group) id */
	__u32 tid; /* thread id */
	__u32 uid_enabled;
	__u32 uid; /* real user id */
	__u32 cgroup_level; /* depth of the cgroup below its root */
	__u32 comm_starts; /* see below */
	__u32 pid_namespace; /* of pid, tid and filter_pids; 0: the initial one */
	__u32 pinned_maps; /* PINNED_...: the task's ids are looked up in these */
	__u64 cgroup_id; /* this cgroup and those below it */
	/*
	 * The name is compared as two little-endian words under a mask, at
	 * comm_starts successive positions: one for a whole name or a prefix,
	 * several for a part of a name.
	 */
	__u64 comm_low;
	__u64 comm_high;
	__u64 comm_mask_low;
	__u64 comm_mask_high;
};
_Static_assert(sizeof(struct task_filter) == 80, "layout is shared with Swift");

/* The first member of every tool's configuration. */
struct trace_config {
	struct task_filter filter;
	__u32 identity; /* fill ppid, mntns and cgroup_id of each event */
	__u32 wakeup_bytes; /* wake the reader when this many bytes are waiting */
	__u32 pid_namespace; /* of the numbers in events; 0: the initial one */
	__u32 wakeup_step; /* a CPU looks for them each time it wrote so many: 2^n; 0: at each event */
};
_Static_assert(sizeof(struct trace_config) == 96, "layout is shared with Swift");

/* The tool's own process, as it sees itself; 0: it is one like any other. */
struct own_process {
	__u32 pid;
	__u32 pid_namespace;
};
_Static_assert(sizeof(struct own_process) == 8, "layout is shared with Swift");

/* The first member of every event. */
struct event_header {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u64 cgroup_id;
	__u32 pid;
	__u32 tid;
	__u32 uid;
	__u32 ppid;
	__u32 cpu;
	__u32 mntns;
	char comm[COMM_SIZE];
};
_Static_assert(sizeof(struct event_header) == 56, "layout is shared with Swift");

/* The account that each CPU keeps of its events. */
struct ledger {
	__u64 seen; /* passed the filter */
	__u64 lost; /* of these, did not fit into the ring buffer */
	__u64 map_full; /* state that could not be kept */
	__u64 truncated; /* delivered with a string cut short */
	__u64 written; /* bytes of all events, about */
};
_Static_assert(sizeof(struct ledger) == 40, "layout is shared with Swift");

#endif
