/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page cache by the functions that read it, fill it and dirty it. Include it, and
 * page_cache.bpf.h after it, after the tool's config, with its page_shift, and counts_here():
 * the struct page_counts that counts for the running task, or NULL.
 */
#ifndef LIB_PAGE_CACHE_FUNCTIONS_BPF_H
#define LIB_PAGE_CACHE_FUNCTIONS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "compat.bpf.h"

/* linux/gfp_types.h: the page is for a write. The bit has not changed since 5.10. */
#define GFP_WRITE	0x1000u

/* enum vm_fault_reason of linux/mm_types.h */
#define VM_FAULT_NOPAGE 0x100

#define COUNT_PAGES(FIELD, NUMBER)                        \
	do {                                              \
		struct page_counts *here = counts_here(); \
		if (here)                                 \
			ATOMIC_ADD(&here->FIELD, NUMBER); \
	} while (0)

static __always_inline bool is_wanted(void)
{
	return current_passes(&config.trace.filter);
}

/* So many bytes were read up to a place in a file. */
static __always_inline int read_ends(struct file *file, long long end, long moved)
{
	if (moved > 0 && is_wanted())
		COUNT_PAGES(asked, ((end - 1) >> config.page_shift) -
					   ((end - moved) >> config.page_shift) + 1);
	return 0;
}

#include "file_reads.bpf.h"

/* A fault that is tried again is counted when it succeeds. */
SEC("fexit/filemap_fault")
int BPF_PROG(filemap_fault_exit, struct vm_fault *fault, unsigned int result)
{
	if (!(result & (VM_FAULT_ERROR | VM_FAULT_RETRY)) && is_wanted())
		COUNT_PAGES(asked, 1);
	return 0;
}

/* Most faults are served here, with the pages around that are in the cache. */
SEC("fexit/filemap_map_pages")
int BPF_PROG(filemap_map_pages_exit, struct vm_fault *fault, unsigned long start,
	     unsigned long last, unsigned int result)
{
	if (result & VM_FAULT_NOPAGE && is_wanted())
		COUNT_PAGES(asked, 1);
	return 0;
}

static __always_inline int count_brought(void *folio, unsigned int flags, int error)
{
	if (error || !is_wanted())
		return 0;
	if (flags & GFP_WRITE)
		COUNT_PAGES(written_new, folio_page_count(folio));
	else
		COUNT_PAGES(brought, folio_page_count(folio));
	return 0;
}

SEC("fexit/filemap_add_folio")
int BPF_PROG(filemap_add_folio_exit, struct address_space *mapping, struct folio *folio,
	     unsigned long index, unsigned int flags, int error)
{
	return count_brought(folio, flags, error);
}

SEC("fexit/add_to_page_cache_lru")
int BPF_PROG(add_to_page_cache_lru_exit, struct page *page, struct address_space *mapping,
	     unsigned long index, unsigned int flags, int error)
{
	return count_brought(page, flags, error);
}

#define DIRTY(TRACEPOINT)                                                        \
	SEC("tp_btf/" #TRACEPOINT)                                               \
	int TRACEPOINT(__u64 *args)                                              \
	{                                                                        \
		if (is_wanted())                                                 \
			COUNT_PAGES(dirtied, folio_page_count((void *)args[0])); \
		return 0;                                                        \
	}

DIRTY(writeback_dirty_folio)
DIRTY(writeback_dirty_page)

/* Metadata that is read through buffers. */
SEC("tp_btf/block_touch_buffer")
int block_touch_buffer(__u64 *args)
{
	if (is_wanted())
		COUNT_PAGES(asked, 1);
	return 0;
}

#endif
