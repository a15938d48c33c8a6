// SPDX-License-Identifier: GPL-2.0
/* Which processes bring memory back from swap. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "swapin.h"
#include "lib/kernel_read.bpf.h"

#define TOTALS_KEY   struct swapin_key
#define TOTALS_VALUE struct swapin_totals

#include "lib/block.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/totals.bpf.h"

const volatile struct swapin_config config;

static __always_inline int count_swapin(__u64 pages)
{
	struct swapin_key key = {};
	struct swapin_totals *totals;

	if (!current_passes(&config.trace.filter))
		return 0;
	key.pid = current_ids(config.trace.pid_namespace) >> 32;
	bpf_get_current_comm(key.comm, sizeof(key.comm));
	totals = totals_of(&key);
	if (!totals)
		return 0;
	ATOMIC_ADD(&totals->count, 1);
	ATOMIC_ADD(&totals->pages, pages);
	return 0;
}

/* Older kernels have a function for pages instead. */
SEC("fentry/swap_read_folio")
int BPF_PROG(fentry_read_folio, struct folio *folio)
{
	return count_swapin(folio_page_count(folio));
}

SEC("fentry/swap_readpage")
int BPF_PROG(fentry_readpage, struct page *page)
{
	return count_swapin(folio_page_count(page));
}

SEC("kprobe/swap_read_folio")
int BPF_KPROBE(kprobe_read_folio, void *folio)
{
	return count_swapin(folio_page_count(folio));
}

SEC("kprobe/swap_readpage")
int BPF_KPROBE(kprobe_readpage, void *page)
{
	return count_swapin(folio_page_count(page));
}

/* linux/blk_types.h: the bit is the same since 5.0. */
#define BIO_CLONED	(1U << 1)

#define PAGE_FLAG(NAME) (1UL << bpf_core_enum_value(enum pageflags, NAME))

/*
 * Whether a bio reads into memory of a process that is locked meanwhile, as only swapping
 * does: what is read with O_DIRECT is not locked, and the page cache is not backed by swap. A
 * stacked device passes a clone on, with the same pages.
 */
static __always_inline bool bio_is_swapin(struct bio *bio, const bool typed)
{
	unsigned long flags = 0, wanted = PAGE_FLAG(PG_locked) | PAGE_FLAG(PG_swapbacked);
	struct bio_vec *parts;
	struct page *page;

	if ((FIELD(bio, bi_opf) & REQ_OP_MASK) != REQ_OP_READ || FIELD(bio, bi_flags) & BIO_CLONED)
		return false;
	parts = FIELD(bio, bi_io_vec);
	page = KERNEL_READ(parts, bv_page);
	return !bpf_probe_read_kernel(&flags, sizeof(flags), page) && (flags & wanted) == wanted;
}

static __always_inline int count_bio(struct bio *bio, const bool typed)
{
	if (!bio_is_swapin(bio, typed))
		return 0;
	return count_swapin(FIELD(bio, bi_iter.bi_size) >> config.page_shift);
}

SEC("tp_btf/block_bio_queue")
int tp_btf_bio_queue(__u64 *args)
{
	return count_bio(block_queue_bio(args), true);
}

SEC("raw_tp/block_bio_queue")
int raw_tp_bio_queue(__u64 *args)
{
	return count_bio(block_queue_bio(args), false);
}

char LICENSE[] SEC("license") = "GPL";
