// SPDX-License-Identifier: GPL-2.0
/* Objects that are allocated from the kernel's slab caches, by cache. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "slabratetop.h"
#include "lib/kernel_read.bpf.h"

#define TOTALS_KEY   __u64
#define TOTALS_VALUE struct slabratetop_totals

#include "lib/compat_memory.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/totals.bpf.h"

const volatile struct slabratetop_config config;

static __noinline int describe_cache(struct slabratetop_totals *totals, struct kmem_cache *cache)
{
	int users;

	if (!totals)
		return 0;
	totals->size = KERNEL_READ(cache, size);
	totals->object_size = KERNEL_READ(cache, object_size);
	/* Negative: it is never merged. */
	users = KERNEL_READ(cache, refcount);
	totals->users = users > 0 ? users : 1;
	bpf_probe_read_kernel_str(totals->name, sizeof(totals->name), KERNEL_READ(cache, name));
	return 0;
}

static __always_inline int count_objects(__u64 cache, __u64 number)
{
	struct slabratetop_totals *totals;
	__u64 key = cache;

	if (!number || !current_passes(&config.trace.filter))
		return 0;
	totals = totals_of(&key);
	if (!totals)
		return 0;
	/* Another task that is the first here too would write the same. */
	if (!totals->allocations)
		describe_cache(totals, (void *)cache);
	ATOMIC_ADD(&totals->allocations, number);
	return 0;
}

/*
 * From 6.1 on the tracepoint has the cache; it does not show what is allocated in bulk. Not
 * typed, since the verifier then has a helper read the address of the object.
 */
SEC("raw_tp/kmem_cache_alloc")
int alloc_tracepoint(__u64 *args)
{
	return count_objects(args[2], args[1] != 0);
}

/* The names end in _noprof on newer kernels (6.12 has them so, 6.1 not). */
#define FUNCTIONS(PROGRAM, SUFFIX)                                                           \
	SEC("fexit/kmem_cache_alloc" SUFFIX)                                                 \
	int BPF_PROG(PROGRAM, struct kmem_cache *cache, unsigned int flags, void *object)    \
	{                                                                                    \
		return count_objects((__u64)cache, object != NULL);                          \
	}                                                                                    \
                                                                                             \
	SEC("fexit/kmem_cache_alloc_lru" SUFFIX)                                             \
	int BPF_PROG(PROGRAM##_lru, struct kmem_cache *cache, struct list_lru *list,         \
		     unsigned int flags, void *object)                                       \
	{                                                                                    \
		return count_objects((__u64)cache, object != NULL);                          \
	}                                                                                    \
                                                                                             \
	SEC("fexit/kmem_cache_alloc_node" SUFFIX)                                            \
	int BPF_PROG(PROGRAM##_node, struct kmem_cache *cache, unsigned int flags, int node, \
		     void *object)                                                           \
	{                                                                                    \
		return count_objects((__u64)cache, object != NULL);                          \
	}                                                                                    \
                                                                                             \
	SEC("fexit/kmem_cache_alloc_bulk" SUFFIX)                                            \
	int PROGRAM##_bulk(__u64 *args)                                                      \
	{                                                                                    \
		/* All of them, or none. */                                                  \
		return count_objects(args[0], (int)args[4] ? args[2] : 0);                   \
	}

FUNCTIONS(alloc, "")
FUNCTIONS(alloc_noprof, "_noprof")

SEC("kprobe/kmem_cache_alloc")
int BPF_KPROBE(kprobe_alloc, struct kmem_cache *cache)
{
	return count_objects((__u64)cache, 1);
}

SEC("kprobe/kmem_cache_alloc_lru")
int BPF_KPROBE(kprobe_alloc_lru, struct kmem_cache *cache)
{
	return count_objects((__u64)cache, 1);
}

SEC("kprobe/kmem_cache_alloc_node")
int BPF_KPROBE(kprobe_alloc_node, struct kmem_cache *cache)
{
	return count_objects((__u64)cache, 1);
}

SEC("kprobe/kmem_cache_alloc_bulk")
int BPF_KPROBE(kprobe_alloc_bulk, struct kmem_cache *cache, unsigned int flags,
	       unsigned long number)
{
	return count_objects((__u64)cache, number);
}

char LICENSE[] SEC("license") = "GPL";
