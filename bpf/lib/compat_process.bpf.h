/* SPDX-License-Identifier: GPL-2.0 */
/* Differences between kernels as in compat.bpf.h: processes. */
#ifndef LIB_COMPAT_PROCESS_BPF_H
#define LIB_COMPAT_PROCESS_BPF_H

#include "compat.bpf.h"
#include "kernel_read.bpf.h"

/*
 * Whether the tracepoint of ends says which thread is the last of its process. In 6.18
 * it does, in 6.12 it does not (seen in the types of these kernels).
 */
typedef void (*btf_trace_sched_process_exit___with_group_dead)(void *, struct task_struct *, bool);

static __always_inline bool exit_tells_last(void)
{
	return bpf_core_type_exists(btf_trace_sched_process_exit___with_group_dead);
}

/*
 * Whether the tracepoint of victims passes the task, else its number. From 6.9 it does
 * (72ba14deb40a "mm: update mark_victim tracepoints fields").
 */
typedef void (*btf_trace_mark_victim___with_task)(void *, struct task_struct *, unsigned int);

static __always_inline bool mark_victim_passes_task(void)
{
	return bpf_core_type_exists(btf_trace_mark_victim___with_task);
}

/* Of a process's memory, in pages (linux/mm_types_task.h). */
enum memory_kind {
	FILE_PAGES = 0,
	ANONYMOUS_PAGES = 1,
	SHARED_PAGES = 3,
};

/*
 * How many of its pages of a kind are in memory: a counter of each CPU from 6.2
 * (f1a7941243c1 "mm: convert mm's rss stats into percpu_counter"), of which this is the
 * common part, as the kernel tells it. A macro, since the kind must be a constant.
 */
#define RESIDENT_PAGES(MEMORY, KIND)                                                             \
	({                                                                                       \
		struct mm_struct___before_6_2 *older = (void *)(MEMORY);                         \
		long long pages;                                                                 \
                                                                                                 \
		if (bpf_core_type_exists(struct mm_rss_stat))                                    \
			pages = KERNEL_READ(older, rss_stat.count[KIND].counter);                \
		else                                                                             \
			pages = KERNEL_READ((struct mm_struct *)(MEMORY), rss_stat[KIND].count); \
		pages > 0 ? pages : 0;                                                           \
	})

#endif
