// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that are read ahead, and how old they are when somebody uses them. A thread says
 * first what it is about to read ahead, and then brings that into the page cache.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "readahead.h"
#include "lib/kernel_read.bpf.h"

#define HISTOGRAM_KEY __u32

#include "lib/compat.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/histogram.bpf.h"

/* As many ranges of pages as the largest read that is looked at to its end, of 512 MB. */
#define READ_RANGES 66

const volatile struct readahead_config config;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct readahead_counts);
} readahead_counts SEC(".maps");

/* What a thread is about to read ahead in one call, and the page that it faults on. */
struct thread_pages {
	__u64 mapping; /* 0: none */
	__u64 first;
	__u64 last;
	__u64 fault_mapping; /* 0: none */
	__u64 fault_page;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct thread_pages);
} reading_ahead SEC(".maps");

#define COUNT_PAGES(FIELD, NUMBER)                                                             \
	do {                                                                                   \
		__u32 zero = 0;                                                                \
		struct readahead_counts *here = bpf_map_lookup_elem(&readahead_counts, &zero); \
		if (here)                                                                      \
			ATOMIC_ADD(&here->FIELD, NUMBER);                                      \
	} while (0)

/* What ends a page's being read ahead. */
#define USED	0
#define DROPPED 1

__noinline int page_is_taken(__u64 age_ns, __u32 why)
{
	if (why == DROPPED) {
		COUNT_PAGES(dropped, 1);
		return 0;
	}
	histogram_add(age_ns / 1000000);
	COUNT_PAGES(used, 1);
	return 0;
}

#include "readahead.bpf.h"

static __always_inline int begin(struct address_space *mapping, __u64 first, __u64 number)
{
	__u32 thread = bpf_get_current_pid_tgid();
	struct thread_pages *known, pages = {};

	if (!number || !current_passes(&config.trace.filter))
		return 0;
	known = bpf_map_lookup_elem(&reading_ahead, &thread);
	if (known)
		pages = *known;
	pages.mapping = (__u64)mapping;
	pages.first = first;
	pages.last = first + number - 1;
	bpf_map_update_elem(&reading_ahead, &thread, &pages, BPF_ANY);
	return 0;
}

/* What the thread brings into the page cache later is not read ahead by this call. */
static __always_inline void end(void)
{
	__u32 thread = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&reading_ahead, &thread);
}

SEC("raw_tp/page_cache_ra_unbounded")
int BPF_PROG(ra_unbounded, struct inode *inode, unsigned long first, unsigned long number)
{
	return begin(KERNEL_READ(inode, i_mapping), first, number);
}

SEC("raw_tp/page_cache_ra_order")
int BPF_PROG(ra_order, struct inode *inode, unsigned long first, struct file_ra_state *state)
{
	return begin(KERNEL_READ(inode, i_mapping), first, KERNEL_READ(state, size));
}

SEC("fentry/page_cache_ra_unbounded")
int BPF_PROG(ra_unbounded_entry, struct readahead_control *request, unsigned long number)
{
	return begin(KERNEL_READ(request, mapping), request->_index, number);
}

SEC("fentry/page_cache_ra_order")
int BPF_PROG(ra_order_entry, struct readahead_control *request, struct file_ra_state *state)
{
	return begin(KERNEL_READ(request, mapping), request->_index, state->size);
}

SEC("raw_tp/mm_filemap_add_to_page_cache")
int mm_filemap_add_to_page_cache(__u64 *args)
{
	void *folio = (void *)args[0];
	__u32 thread = bpf_get_current_pid_tgid();
	struct thread_pages *pages = bpf_map_lookup_elem(&reading_ahead, &thread);
	__u64 mapping, first, last, page;

	if (!pages)
		return 0;
	mapping = folio_mapping_address(folio);
	first = folio_first_page(folio);
	last = first + folio_page_count(folio) - 1;
	if (pages->mapping != mapping || pages->first > last || pages->last < first)
		return 0;
	COUNT_PAGES(read_ahead, add_pages(mapping, first, last));
	/* The page for which all this is done. */
	page = pages->fault_page;
	if (pages->fault_mapping == mapping && page >= first && page <= last)
		take_pages(mapping, page, page, USED);
	return 0;
}

SEC("raw_tp/mm_filemap_delete_from_page_cache")
int mm_filemap_delete_from_page_cache(__u64 *args)
{
	void *folio = (void *)args[0];
	__u64 first = folio_first_page(folio);

	take_pages(folio_mapping_address(folio), first, first + folio_page_count(folio) - 1,
		   DROPPED);
	return 0;
}

SEC("raw_tp/mm_filemap_get_pages")
int BPF_PROG(mm_filemap_get_pages, struct address_space *mapping, unsigned long first,
	     unsigned long last)
{
	take_pages((__u64)mapping, first, last, USED);
	end();
	return 0;
}

SEC("raw_tp/mm_filemap_map_pages")
int BPF_PROG(mm_filemap_map_pages, struct address_space *mapping, unsigned long first,
	     unsigned long last)
{
	take_pages((__u64)mapping, first, last, USED);
	return 0;
}

/* What is not in the cache yet is read ahead before the fault ends, and not met again. */
SEC("raw_tp/mm_filemap_fault")
int BPF_PROG(mm_filemap_fault, struct address_space *mapping, unsigned long page)
{
	struct thread_pages pages = { .fault_mapping = (__u64)mapping, .fault_page = page };
	__u32 thread = bpf_get_current_pid_tgid();

	take_pages((__u64)mapping, page, page, USED);
	bpf_map_update_elem(&reading_ahead, &thread, &pages, BPF_ANY);
	return 0;
}

/* So many bytes were read up to a place in a file. */
static __always_inline int read_ends(struct file *file, long long place, long moved)
{
	/* A number for the verifier. */
	__u64 mapping = (__u64)BPF_CORE_READ(file, f_mapping);
	__u64 first = (place - moved) >> config.page_shift, last = (place - 1) >> config.page_shift;

	end();
	if (moved <= 0)
		return 0;
#pragma clang loop unroll(disable)
	for (int step = 0; step < READ_RANGES; step++) {
		if (first > last)
			break;
		take_pages(mapping, first, last, USED);
		first += PAGE_RANGE;
	}
	return 0;
}

#include "lib/file_reads.bpf.h"

SEC("fexit/filemap_fault")
int BPF_PROG(filemap_fault_exit, struct vm_fault *fault, unsigned int result)
{
	end();
	if (!(result & (VM_FAULT_ERROR | VM_FAULT_RETRY)))
		take_pages((__u64)KERNEL_READ(fault, vma, vm_file, f_mapping), fault->pgoff,
			   fault->pgoff, USED);
	return 0;
}

SEC("fentry/filemap_map_pages")
int BPF_PROG(filemap_map_pages_entry, struct vm_fault *fault, unsigned long first,
	     unsigned long last)
{
	take_pages((__u64)KERNEL_READ(fault, vma, vm_file, f_mapping), first, last, USED);
	return 0;
}

/* Metadata that is read through buffers. */
SEC("raw_tp/block_touch_buffer")
int BPF_PROG(block_touch_buffer, struct buffer_head *buffer)
{
	void *folio = KERNEL_READ(buffer, b_page);
	__u64 page = folio_first_page(folio);

	take_pages(folio_mapping_address(folio), page, page, USED);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
