/* SPDX-License-Identifier: GPL-2.0 */
/* Differences between kernels as in compat.bpf.h: memory. */
#ifndef LIB_COMPAT_MEMORY_BPF_H
#define LIB_COMPAT_MEMORY_BPF_H

#include "compat.bpf.h"
#include "kernel_read.bpf.h"

/*
 * An argument that points to something of no type. The verifier of 6.1 and older kernels does
 * not let a typed program load one that is const.
 */
static __always_inline __u64 untyped_argument(__u64 *args, int number)
{
	__u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), &args[number]);
	return value;
}

/*
 * What the tracepoint of an object from a slab cache passes: the cache on new kernels (6.1
 * does), before that the sizes (5.10). The number of arguments is the same.
 */
typedef void (*btf_trace_kmem_cache_alloc___with_cache)(void *, unsigned long, const void *,
							struct kmem_cache *, unsigned int, int);

/* How many bytes the object takes. */
static __always_inline __u64 cache_object_size(__u64 *args)
{
	if (bpf_core_type_exists(btf_trace_kmem_cache_alloc___with_cache))
		return KERNEL_READ(ARGUMENT(struct kmem_cache *, args, 2), size);
	return ARGUMENT(__u64, args, 3);
}

/* Memory of each CPU: on new kernels (6.1, not 5.10) the place of the call comes first. */
typedef void (*btf_trace_percpu_alloc_percpu___with_place)(void *, unsigned long, bool, bool,
							   unsigned long, unsigned long, void *,
							   int, void *, unsigned long,
							   unsigned int);

static __always_inline bool percpu_has_place(void)
{
	return bpf_core_type_exists(btf_trace_percpu_alloc_percpu___with_place);
}

static __always_inline __u64 percpu_size(__u64 *args)
{
	if (percpu_has_place())
		return ARGUMENT(__u64, args, 3);
	return ARGUMENT(__u64, args, 2);
}

static __always_inline __u64 percpu_pointer(__u64 *args)
{
	if (percpu_has_place())
		return ARGUMENT(__u64, args, 7);
	return ARGUMENT(__u64, args, 6);
}

/*
 * What mm_migrate_pages passes before mode and reason: 6.18 also counts large folios that were
 * split, which is one argument more than in 5.10 (seen in their types).
 */
typedef void (*btf_trace_mm_migrate_pages___with_splits)(void *, unsigned long, unsigned long,
							 unsigned long, unsigned long,
							 unsigned long, unsigned long,
							 enum migrate_mode, int);

/* Why pages were migrated, at the end. */
static __always_inline int migrate_pages_reason(__u64 *args)
{
	if (bpf_core_type_exists(btf_trace_mm_migrate_pages___with_splits))
		return ARGUMENT(__u64, args, 7);
	return ARGUMENT(__u64, args, 6);
}

#endif
