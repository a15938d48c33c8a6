/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names that the walk of a path looks up in the dentry cache. Before a program includes this
 * file, it declares config and defines
 *
 *   looks_up(name, is_slow)  the walk has asked for a name; slow: it was not found at once
 *   misses(name)             the cache does not have it, so the file system will be asked
 *
 * A walk without locks that has to begin anew asks for its names again.
 */
#ifndef LIB_DCACHE_BPF_H
#define LIB_DCACHE_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "compat_files.bpf.h"
#include "filter.bpf.h"
#include "kernel_read.bpf.h"

/* The name that each thread looks up slowly: others allocate entries too, to list a directory. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, const unsigned char *);
} slow_lookups SEC(".maps");

SEC("fexit/lookup_fast")
int lookup_fast_exit(__u64 *args)
{
	struct nameidata *walk = (void *)args[0];
	__u64 found = result_after_three(args);
	const unsigned char *name;
	__u32 tid;

	/* An error is a walk that begins anew. */
	if ((__s64)found < 0 && (__s64)found > -4096)
		return 0;
	if (!current_passes(&config.trace.filter))
		return 0;
	looks_up((struct qstr *)((void *)walk + bpf_core_field_offset(struct nameidata, last)),
		 !found);
	if (found)
		return 0;
	name = KERNEL_READ(walk, last.name);
	tid = bpf_get_current_pid_tgid();
	bpf_map_update_elem(&slow_lookups, &tid, &name, BPF_ANY);
	return 0;
}

SEC("fexit/d_alloc_parallel")
int d_alloc_parallel_exit(__u64 *args)
{
	struct qstr *name = (void *)args[1];
	__u64 entry = result_after_three(args);
	__u32 tid = bpf_get_current_pid_tgid();
	const unsigned char **slow = bpf_map_lookup_elem(&slow_lookups, &tid);

	if (!slow || *slow != KERNEL_READ(name, name))
		return 0;
	bpf_map_delete_elem(&slow_lookups, &tid);
	/* Or another thread has come first. */
	if (entry < -4095ULL && entry_is_in_lookup((void *)entry))
		misses(name);
	return 0;
}

#endif
