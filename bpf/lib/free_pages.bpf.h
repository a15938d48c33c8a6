/* SPDX-License-Identifier: GPL-2.0 */
/* The free pages of zones of memory, and of all of them. */
#ifndef LIB_FREE_PAGES_BPF_H
#define LIB_FREE_PAGES_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "kernel_read.bpf.h"

/* The most that are gone through. */
#define MAX_NODES  64
#define MAX_ZONES  8
#define MAX_LEVELS 32

static __always_inline __u64 zone_free_pages(struct zone *zone)
{
	void *counters = (void *)zone + bpf_core_field_offset(struct zone, vm_stat);
	long free = 0;

	counters += sizeof(free) * bpf_core_enum_value(enum zone_stat_item, NR_FREE_PAGES);
	bpf_probe_read_kernel(&free, sizeof(free), counters);
	return free > 0 ? free : 0;
}

/* The memory controller's state of the running task's control group. */
static __always_inline struct cgroup_subsys_state *current_memory_state(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	void *states = KERNEL_READ(task, cgroups);
	struct cgroup_subsys_state *state = NULL;

	if (!bpf_core_type_exists(struct mem_cgroup) ||
	    !bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return NULL;
	states += bpf_core_field_offset(struct css_set, subsys) +
		  sizeof(state) * bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
	bpf_probe_read_kernel(&state, sizeof(state), states);
	return state;
}

/* That of the group that all others are in. */
static __noinline struct cgroup_subsys_state *topmost_state(struct cgroup_subsys_state *state)
{
#pragma clang loop unroll(disable)
	for (int level = 0; level < MAX_LEVELS; level++) {
		struct cgroup_subsys_state *parent = KERNEL_READ(state, parent);

		if (!parent)
			break;
		state = parent;
	}
	return state;
}

static __noinline __u64 node_free_pages(struct pglist_data *node)
{
	void *zones = (void *)node + bpf_core_field_offset(struct pglist_data, node_zones);
	int count = KERNEL_READ(node, nr_zones);
	__u64 free = 0;

#pragma clang loop unroll(disable)
	for (int zone = 0; zone < MAX_ZONES; zone++) {
		if (zone >= count)
			break;
		free += zone_free_pages(zones + zone * bpf_core_type_size(struct zone));
	}
	return free;
}

/*
 * The free pages of so many nodes; 0: not known, where there are too many, or the kernel keeps
 * no account of the memory of control groups. That account leads to the nodes, which no type
 * and not always a symbol does: of the group of all it is set up.
 */
static __noinline __attribute__((unused)) __u64 free_pages(__u32 nodes)
{
	struct cgroup_subsys_state *state = current_memory_state();
	struct mem_cgroup_per_node **accounts, *account;
	__u64 free = 0;

	if (!state || nodes > MAX_NODES)
		return 0;
	accounts = (void *)topmost_state(state) - bpf_core_field_offset(struct mem_cgroup, css) +
		   bpf_core_field_offset(struct mem_cgroup, nodeinfo);
#pragma clang loop unroll(disable)
	for (__u32 node = 0; node < MAX_NODES; node++) {
		struct pglist_data *memory = NULL;

		if (node >= nodes)
			break;
		account = NULL;
		bpf_probe_read_kernel(&account, sizeof(account), &accounts[node]);
		if (account)
			memory = KERNEL_READ(account, lruvec.pgdat);
		if (memory)
			free += node_free_pages(memory);
	}
	return free;
}

#endif
