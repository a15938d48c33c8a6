// SPDX-License-Identifier: GPL-2.0
/* How long block I/O takes, by the kernel stack that starts it. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "biostacks.h"

#define STACK_KEY     struct biostacks_key
#define HISTOGRAM_KEY struct biostacks_key
#define HISTOGRAM_SET stack_set

#include "lib/block.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/stack_store.bpf.h"
#include "lib/histogram.bpf.h"
#include "lib/write_back.bpf.h"

/* How many bios may have come before the one that began a request. */
#define MAX_FRONT_MERGES 16

const volatile struct biostacks_config config;

struct block_begin {
	__u64 time_ns; /* 0: this bio came before another, which began the request */
	struct biostacks_key key;
};

/*
 * By the address of the bio that began a request; by that of the request where a part of
 * it is done, since its bios go with their parts.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, void *);
	__type(value, struct block_begin);
} block_begins SEC(".maps");

/* Whether any request was ever done in parts. */
static bool has_parts;

static __always_inline void keep_begin(void *key, const struct block_begin *begin)
{
	if (bpf_map_update_elem(&block_begins, &key, begin, BPF_ANY))
		LEDGER_ADD(map_full);
}

/* A bio gets a request. What is merged with it later changes neither time nor stack. */
static __always_inline int begin_request(void *context, struct bio *bio, const bool typed)
{
	struct disk_number disk = disk_number(bio_disk(bio, typed), typed);
	__u32 flags = FIELD(bio, bi_opf);
	struct block_begin begin = { .key.disk = disk };
	struct stack_scratch *scratch = stack_scratch_here();
	void *key = bio;

	if (!scratch || !disk_passes(&config.disk, disk) || !current_passes(&config.trace.filter)) {
		/* That of an earlier one at the same address. */
		bpf_map_delete_elem(&block_begins, &key);
		return 0;
	}
	begin.key.is_writeback = current_writes_back(flags);
	/* Any of the kernel's workers does that, for others. */
	if (!begin.key.is_writeback) {
		begin.key.pid = current_ids(config.trace.pid_namespace) >> 32;
		bpf_get_current_comm(begin.key.comm, sizeof(begin.key.comm));
	}
	begin.key.stack = take_stack(context, &config.stacks, &scratch->frames, 0);
	begin.time_ns = bpf_ktime_get_ns();
	keep_begin(key, &begin);
	return 0;
}

/* A bio comes before the first one of a request, which is the next one then. */
static __always_inline int merge_before(struct bio *bio)
{
	const struct block_begin begin = {};

	keep_begin(bio, &begin);
	return 0;
}

/* How a request began, with the key of that; forgets what came before. */
static __always_inline struct block_begin *find_begin(struct request *request, void **key,
						      const bool typed)
{
	struct bio *bio = FIELD(request, bio);
	struct block_begin *begin = NULL;

	if (has_parts) {
		*key = request;
		begin = bpf_map_lookup_elem(&block_begins, key);
	}
	for (int merges = 0; merges < MAX_FRONT_MERGES && !begin && bio; merges++) {
		*key = bio;
		begin = bpf_map_lookup_elem(&block_begins, key);
		if (!begin || begin->time_ns)
			break;
		bpf_map_delete_elem(&block_begins, key);
		begin = NULL;
		bio = FIELD(bio, bi_next);
	}
	return begin;
}

static __always_inline int report_completion(struct request *request, unsigned int bytes,
					     const bool typed)
{
	bool is_done = request_is_done(request, bytes, typed);
	struct block_begin *found, begin;
	__u64 now = bpf_ktime_get_ns();
	void *key = NULL;

	if ((FIELD(request, cmd_flags) & REQ_OP_MASK) >= REQ_OP_PASSTHROUGH)
		return 0;
	found = find_begin(request, &key, typed);
	if (!found)
		return 0;
	__builtin_memcpy(&begin, found, sizeof(begin));
	if (is_done || key != request)
		bpf_map_delete_elem(&block_begins, &key);
	if (!is_done) {
		has_parts = true;
		keep_begin(request, &begin);
		return 0;
	}
	histogram_add_keyed(&begin.key,
			    (now - begin.time_ns) / (config.milliseconds ? 1000000 : 1000));
	return 0;
}

#define STACK_HOOKS(KIND, TYPED)                                          \
	SEC(#KIND "/block_getrq")                                         \
	int KIND##_getrq(__u64 *args)                                     \
	{                                                                 \
		return begin_request(args, block_getrq_bio(args), TYPED); \
	}                                                                 \
                                                                          \
	SEC(#KIND "/block_bio_frontmerge")                                \
	int KIND##_frontmerge(__u64 *args)                                \
	{                                                                 \
		return merge_before(block_frontmerge_bio(args));          \
	}                                                                 \
                                                                          \
	BLOCK_COMPLETION_HOOK(KIND, TYPED)

STACK_HOOKS(tp_btf, true)
STACK_HOOKS(raw_tp, false)

char LICENSE[] SEC("license") = "GPL";
