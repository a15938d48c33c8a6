// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is allocated and not freed, by the stacks that allocate: that of programs, at
 * the functions of their allocators, or the kernel's own, at its tracepoints.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "memleak.h"
#include "lib/event_header.bpf.h"

const volatile struct memleak_config config;

#include "lib/compat_memory.bpf.h"
#include "lib/outstanding.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* user space sets the size */
} events SEC(".maps");

static __noinline int report(__u32 operation, __u64 address, __u64 size)
{
	struct memleak_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		LEDGER_ADD(lost);
		return 0;
	}
	__builtin_memset(event, 0, sizeof(*event));
	fill_header(&config.trace, &event->header);
	event->operation = operation;
	event->address = address;
	event->size = size;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

static __always_inline void report_call(__u32 operation, __u64 address, __u64 size)
{
	if (config.reports_calls)
		report(operation, address, size);
}

#include "memleak.bpf.h"

#define ALLOCATOR(NAME, FUNCTION, SIZE, POINTER)                  \
	SEC("uprobe")                                             \
	int NAME(struct pt_regs *regs)                            \
	{                                                         \
		return begin_call(regs, FUNCTION, SIZE, POINTER); \
	}

ALLOCATOR(first_size, ALLOCATE, PT_REGS_PARM1(regs), 0)
ALLOCATOR(second_size, ALLOCATE, PT_REGS_PARM2(regs), 0)
ALLOCATOR(product, ALLOCATE, PT_REGS_PARM1(regs) * PT_REGS_PARM2(regs), 0)
ALLOCATOR(by_pointer, ALLOCATE_BY_POINTER, PT_REGS_PARM3(regs), PT_REGS_PARM1(regs))
ALLOCATOR(again, REALLOCATE, PT_REGS_PARM2(regs), PT_REGS_PARM1(regs))
ALLOCATOR(product_again, REALLOCATE, PT_REGS_PARM2(regs) * PT_REGS_PARM3(regs), PT_REGS_PARM1(regs))
ALLOCATOR(map, MAP, whole_pages(PT_REGS_PARM2(regs)), 0)
ALLOCATOR(map_again, REMAP, whole_pages(PT_REGS_PARM3(regs)),
	  PT_REGS_PARM2(regs) ? PT_REGS_PARM1(regs) : 0)

SEC("uretprobe")
int end(struct pt_regs *regs)
{
	return end_call(regs);
}

SEC("uprobe")
int free_one(struct pt_regs *regs)
{
	return free_block(PT_REGS_PARM1(regs));
}

SEC("uprobe")
int unmap_some(struct pt_regs *regs)
{
	return unmap(regs, PT_REGS_PARM1(regs), PT_REGS_PARM2(regs));
}

/* Whose addresses they are. */
enum kernel_space {
	SLAB = 1,
	PAGES,
	PER_CPU,
};

/* One can interrupt another on its CPU: a task's, a softirq's, an interrupt's, an NMI's. */
#define KERNEL_LEVELS 4

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, KERNEL_LEVELS);
	__type(key, __u32);
	__type(value, struct stack_frames);
} kernel_frames SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} kernel_level SEC(".maps");

static __noinline int freed_in_kernel(__u64 space, __u64 address)
{
	struct outstanding_key key = { space, address };

	if (!address)
		return 0;
	if (config.reports_calls) {
		struct outstanding *known = outstanding_at(&key);

		if (known)
			report(MEMORY_FREED, address, known->size);
	}
	outstanding_remove(&key);
	return 0;
}

static __always_inline __u64 kernel_stack(void *context)
{
	__u32 zero = 0, level;
	__u32 *open = bpf_map_lookup_elem(&kernel_level, &zero);
	struct stack_frames *frames;
	__u64 number;

	if (!open)
		return STACK_NOT_KEPT;
	level = *open & (KERNEL_LEVELS - 1);
	frames = bpf_map_lookup_elem(&kernel_frames, &level);
	if (!frames)
		return STACK_NOT_KEPT;
	*open += 1;
	number = take_stack(context, &config.stacks, frames, 0);
	*open -= 1;
	return number;
}

static __always_inline int allocated_in_kernel(void *context, __u64 space, __u64 address,
					       __u64 size)
{
	struct outstanding_key key = { space, address };
	struct outstanding entry;

	if (!address)
		return 0;
	if (!current_passes(&config.trace.filter) || !outstanding_wanted(size)) {
		/* Another one at this address has been freed unseen. */
		outstanding_remove(&key);
		return 0;
	}
	outstanding_begin(&entry, size, kernel_stack(context));
	report_call(MEMORY_ALLOCATED, address, size);
	outstanding_add(&key, &entry);
	return 0;
}

/* The first argument as a number: a typed pointer might be taken for one that is never NULL. */
static __always_inline __u64 first_argument(__u64 *args)
{
	__u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), args);
	return value;
}

/* A page of addresses, at most of 4096 bytes here. */
#define BULK_SIZE 512

/* Objects that are freed together after an RCU grace period, without a kfree of each. */
static __noinline int freed_together(__u64 count, __u64 addresses)
{
	for (__u64 index = 0; index < BULK_SIZE; index++) {
		__u64 address = 0;

		if (index >= count)
			break;
		bpf_probe_read_kernel(&address, sizeof(address),
				      (void *)(addresses + index * sizeof(address)));
		freed_in_kernel(SLAB, address);
	}
	return 0;
}

#define KERNEL_HOOKS(KIND)                                                                  \
	SEC(#KIND "/kmalloc")                                                               \
	int KIND##_kmalloc(__u64 *args)                                                     \
	{                                                                                   \
		return allocated_in_kernel(args, SLAB, untyped_argument(args, 1), args[3]); \
	}                                                                                   \
                                                                                            \
	SEC(#KIND "/kmalloc_node")                                                          \
	int KIND##_kmalloc_node(__u64 *args)                                                \
	{                                                                                   \
		return allocated_in_kernel(args, SLAB, untyped_argument(args, 1), args[3]); \
	}                                                                                   \
                                                                                            \
	SEC(#KIND "/kmem_cache_alloc")                                                      \
	int KIND##_kmem_cache_alloc(__u64 *args)                                            \
	{                                                                                   \
		return allocated_in_kernel(args, SLAB, untyped_argument(args, 1),           \
					   cache_object_size(args));                        \
	}                                                                                   \
                                                                                            \
	SEC(#KIND "/kmem_cache_alloc_node")                                                 \
	int KIND##_kmem_cache_alloc_node(__u64 *args)                                       \
	{                                                                                   \
		return allocated_in_kernel(args, SLAB, untyped_argument(args, 1), args[3]); \
	}                                                                                   \
                                                                                            \
	SEC(#KIND "/kfree")                                                                 \
	int KIND##_kfree(__u64 *args)                                                       \
	{                                                                                   \
		return freed_in_kernel(SLAB, untyped_argument(args, 1));                    \
	}                                                                                   \
                                                                                            \
	SEC(#KIND "/kmem_cache_free")                                                       \
	int KIND##_kmem_cache_free(__u64 *args)                                             \
	{                                                                                   \
		return freed_in_kernel(SLAB, untyped_argument(args, 1));                    \
	}                                                                                   \
                                                                                            \
	SEC(#KIND "/rcu_invoke_kfree_bulk_callback")                                        \
	int KIND##_kfree_bulk(__u64 *args)                                                  \
	{                                                                                   \
		return freed_together(args[1], args[2]);                                    \
	}                                                                                   \
                                                                                            \
	SEC(#KIND "/mm_page_alloc")                                                         \
	int KIND##_mm_page_alloc(__u64 *args)                                               \
	{                                                                                   \
		return allocated_in_kernel(args, PAGES, first_argument(args),               \
					   (__u64)config.page_size << (args[1] & 63));      \
	}                                                                                   \
                                                                                            \
	SEC(#KIND "/mm_page_free")                                                          \
	int KIND##_mm_page_free(__u64 *args)                                                \
	{                                                                                   \
		return freed_in_kernel(PAGES, first_argument(args));                        \
	}                                                                                   \
                                                                                            \
	SEC(#KIND "/percpu_alloc_percpu")                                                   \
	int KIND##_percpu_alloc(__u64 *args)                                                \
	{                                                                                   \
		return allocated_in_kernel(args, PER_CPU, percpu_pointer(args),             \
					   percpu_size(args) * config.cpus);                \
	}                                                                                   \
                                                                                            \
	SEC(#KIND "/percpu_free_percpu")                                                    \
	int KIND##_percpu_free(__u64 *args)                                                 \
	{                                                                                   \
		return freed_in_kernel(PER_CPU, args[2]);                                   \
	}

KERNEL_HOOKS(tp_btf)
KERNEL_HOOKS(raw_tp)

char LICENSE[] SEC("license") = "GPL";
