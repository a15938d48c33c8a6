/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page cache by tracepoints alone. They say less than the functions: which
 * pages a read still wants, again for each part of it that is found, and that a
 * page came, but not for whom. Include it after page_cache_functions.bpf.h.
 */
#ifndef LIB_PAGE_CACHE_BPF_H
#define LIB_PAGE_CACHE_BPF_H

/* What a thread asked for last. */
struct asked_pages {
	__u64 mapping;
	__u64 first;
	__u64 last;
	__u64 call; /* of the thread's calls that read */
};

struct last_asked {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct asked_pages);
};

struct last_asked last_reads SEC(".maps");
struct last_asked last_faults SEC(".maps");

/* Is this the rest of a read of which the pages before were found already? */
static __always_inline bool continues(const struct asked_pages *before,
				      const struct asked_pages *now)
{
	return before && before->mapping == now->mapping && before->last == now->last &&
	       before->first < now->first && before->call == now->call;
}

SEC("tp_btf/mm_filemap_get_pages")
int BPF_PROG(mm_filemap_get_pages, struct address_space *mapping, unsigned long first,
	     unsigned long last)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 thread = task->pid;
	struct asked_pages now = { (__u64)mapping, first, last, 0 };
	__u64 size = mapping->host->i_size;
	struct asked_pages *before;
	__u64 pages;

	if (!is_wanted() || !size)
		return 0;
	if (bpf_core_field_exists(task->ioac.syscr))
		now.call = task->ioac.syscr;
	before = bpf_map_lookup_elem(&last_reads, &thread);
	if (!continues(before, &now)) {
		/* A read may ask for more than the file has. */
		pages = (size - 1) >> config.page_shift;
		pages = (last < pages ? last : pages) + 1;
		if (pages > first)
			COUNT_PAGES(asked, pages - first);
	}
	/*
	 * In place: the update of an LRU map takes a new element and gives the old one back.
	 * Only this thread writes to it, unless it is given to another in this very moment.
	 */
	if (before)
		*before = now;
	else
		bpf_map_update_elem(&last_reads, &thread, &now, BPF_ANY);
	return 0;
}

/*
 * A fault asks for the pages around it, and then for its own where that was not
 * among them; once that has come, it is tried again.
 */
static __always_inline bool is_same_fault(const struct asked_pages *before,
					  const struct asked_pages *now)
{
	return before && before->mapping == now->mapping && before->first <= now->last &&
	       now->first <= before->last;
}

static __always_inline int count_fault(const struct asked_pages *now, bool is_around)
{
	__u32 thread = bpf_get_current_pid_tgid();
	struct asked_pages *before;

	if (!is_wanted())
		return 0;
	before = bpf_map_lookup_elem(&last_faults, &thread);
	if (is_same_fault(before, now) && !(before->call && is_around)) {
		if (is_around) {
			bpf_map_delete_elem(&last_faults, &thread);
			return 0;
		}
	} else {
		COUNT_PAGES(asked, 1);
	}
	bpf_map_update_elem(&last_faults, &thread, now, BPF_ANY);
	return 0;
}

SEC("tp_btf/mm_filemap_map_pages")
int BPF_PROG(mm_filemap_map_pages, struct address_space *mapping, unsigned long first,
	     unsigned long last)
{
	struct asked_pages now = { (__u64)mapping, first, last, 1 };

	return count_fault(&now, true);
}

SEC("tp_btf/mm_filemap_fault")
int BPF_PROG(mm_filemap_fault, struct address_space *mapping, unsigned long page)
{
	struct asked_pages now = { (__u64)mapping, page, page, 0 };

	return count_fault(&now, false);
}

/* Pages that were taken for a write and have not come into the cache yet. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, __u8);
} pages_to_write SEC(".maps");

SEC("tp_btf/mm_page_alloc")
int BPF_PROG(mm_page_alloc, struct page *page, unsigned int order, unsigned int flags)
{
	__u64 key = (__u64)page;
	__u8 yes = 1;

	if (flags & GFP_WRITE && is_wanted())
		bpf_map_update_elem(&pages_to_write, &key, &yes, BPF_ANY);
	return 0;
}

SEC("tp_btf/mm_filemap_add_to_page_cache")
int BPF_PROG(mm_filemap_add_to_page_cache, struct folio *folio)
{
	__u64 key = (__u64)folio;

	if (!is_wanted())
		return 0;
	if (bpf_map_delete_elem(&pages_to_write, &key))
		COUNT_PAGES(brought, folio_page_count(folio));
	else
		COUNT_PAGES(written_new, folio_page_count(folio));
	return 0;
}

#endif
