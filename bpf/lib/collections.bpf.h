/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Collections of garbage, from their begin to their end in the same thread. Before a program
 * includes this file, it may define
 *
 *   COLLECTION_FIELDS   what else is kept of a collection that began, as members of a struct
 */
#ifndef LIB_COLLECTIONS_BPF_H
#define LIB_COLLECTIONS_BPF_H

#include <bpf/bpf_helpers.h>
#include "elapsed.bpf.h"
#include "ledger.bpf.h"

#ifndef COLLECTION_FIELDS
#define COLLECTION_FIELDS
#endif

/* More pools than a runtime has; a power of two. */
#define MOST_OPEN 16

struct collector {
	__u64 thread; /* process and thread */
	__u64 kind;
};

struct collection {
	__u64 began;
	COLLECTION_FIELDS
};

struct collections {
	__u32 begun;
	__u32 ended;
	struct collection open[MOST_OPEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct collector);
	__type(value, struct collections);
} open_collections SEC(".maps");

static const struct collections no_collections;

/*
 * A collection of that kind begins. Where several are open, as those of pools, they end in the
 * same order. Returns where more can be kept of it; NULL where it is not kept.
 */
static __always_inline struct collection *collection_opens(__u64 kind, bool several)
{
	struct collector collector = {
		.thread = bpf_get_current_pid_tgid(),
		.kind = kind,
	};
	struct collections *all = bpf_map_lookup_elem(&open_collections, &collector);
	struct collection *collection;

	if (!all) {
		if (bpf_map_update_elem(&open_collections, &collector, &no_collections, BPF_ANY))
			LEDGER_ADD(map_full);
		all = bpf_map_lookup_elem(&open_collections, &collector);
		if (!all)
			return NULL;
	}
	/* What began anew has ended, seen or not. */
	if (!several || all->ended || all->begun >= MOST_OPEN) {
		all->begun = 0;
		all->ended = 0;
	}
	collection = &all->open[all->begun & (MOST_OPEN - 1)];
	collection->began = bpf_ktime_get_ns();
	all->begun++;
	return collection;
}

/* The collection that ends, and how long it took; NULL where none was seen to begin. */
static __always_inline struct collection *collection_closes(__u64 kind, __u64 *duration_ns)
{
	struct collector collector = {
		.thread = bpf_get_current_pid_tgid(),
		.kind = kind,
	};
	struct collections *all = bpf_map_lookup_elem(&open_collections, &collector);
	struct collection *collection;
	__u64 now = bpf_ktime_get_ns();

	if (!all || all->ended >= all->begun)
		return NULL;
	collection = &all->open[all->ended & (MOST_OPEN - 1)];
	all->ended++;
	*duration_ns = elapsed(collection->began, now);
	return collection;
}

#endif
