/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Block requests and the tasks that submitted them. Include it after defining the
 * tool's configuration.
 */
#ifndef LIB_BLOCK_TASKS_BPF_H
#define LIB_BLOCK_TASKS_BPF_H

#include "block.bpf.h"
#include "event_header.bpf.h"
#include "filter.bpf.h"
#include "ledger.bpf.h"
#include "write_back.bpf.h"

/* A request from its submission on. */
struct block_request {
	struct event_header task; /* who submitted it, and when */
	__u64 issued_ns; /* 0: not issued yet */
	__u64 sector;
	__u32 bytes;
	__u32 flags;
	struct disk_number disk;
	__u32 is_writeback;
	__u32 mark; /* the tool's own */
};

/*
 * By the address of the request's first bio, since the hook at submission knows
 * nothing else. By that of the request where it has no bio, or where that has
 * become another one because a part is done. By that of the disk, the last task
 * that asked for a flush, which the kernel makes a request of its own for all that
 * ask.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, void *);
	__type(value, struct block_request);
} block_requests SEC(".maps");

static __always_inline void keep_request(void *key, const struct block_request *state)
{
	if (bpf_map_update_elem(&block_requests, &key, state, BPF_ANY))
		LEDGER_ADD(map_full);
}

static __always_inline void forget_request(void *key)
{
	bpf_map_delete_elem(&block_requests, &key);
}

/* To be called where a bio gets a request or becomes the first of one. */
static __always_inline void block_submitted(const volatile struct trace_config *trace,
					    struct bio *bio, const bool typed)
{
	__u32 flags = FIELD(bio, bi_opf);
	struct gendisk *disk = flags & (REQ_PREFLUSH | REQ_FUA) ? bio_disk(bio, typed) : NULL;
	struct block_request state = {};

	if (!current_passes(&trace->filter)) {
		forget_request(bio); /* another task's, at the same address */
		if (disk)
			forget_request(disk);
		return;
	}
	fill_header(trace, &state.task);
	state.is_writeback = current_writes_back(flags);
	keep_request(bio, &state);
	if (disk)
		keep_request(disk, &state);
}

/* A request of which no submission was seen; NULL where it is nobody's that is wanted. */
static __noinline struct block_request *unknown_request(const volatile struct trace_config *trace,
							struct request *request, __u32 operation)
{
	struct block_request state = {}, *asked;

	if (operation == REQ_OP_FLUSH) {
		struct gendisk *disk = request_disk(request, false);

		asked = bpf_map_lookup_elem(&block_requests, &disk);
		if (asked)
			__builtin_memcpy(&state, asked, sizeof(state));
		else if (trace->filter.enabled)
			goto unwanted;
	} else if (operation >= REQ_OP_PASSTHROUGH && current_passes(&trace->filter)) {
		fill_header(trace, &state.task);
	} else if (trace->filter.enabled) {
		goto unwanted;
	}
	keep_request(request, &state);
	return bpf_map_lookup_elem(&block_requests, &request);
unwanted:
	forget_request(request); /* an earlier one at the same address */
	return NULL;
}

/*
 * To be called where a request is issued to the device, again where that was not
 * ready. Returns what is known of it, or NULL where it is not wanted.
 */
static __always_inline struct block_request *block_issued(const volatile struct trace_config *trace,
							  const volatile struct disk_filter *filter,
							  struct request *request, const bool typed)
{
	struct disk_number disk = disk_number(request_disk(request, typed), typed);
	struct bio *bio = FIELD(request, bio);
	struct block_request *state = NULL;
	__u32 flags = FIELD(request, cmd_flags);
	bool passes_through = (flags & REQ_OP_MASK) >= REQ_OP_PASSTHROUGH;

	if (!disk_passes(filter, disk))
		return NULL;
	if (bio && !passes_through)
		state = bpf_map_lookup_elem(&block_requests, &bio);
	if (!state)
		state = unknown_request(trace, request, flags & REQ_OP_MASK);
	if (!state)
		return NULL;
	state->disk = disk;
	state->flags = flags;
	state->bytes = FIELD(request, __data_len);
	/* The kernel has no sector for these, whatever the field holds. */
	state->sector = passes_through || !state->bytes ? 0 : FIELD(request, __sector);
	state->issued_ns = bpf_ktime_get_ns();
	/* A submission that nobody saw. */
	if (!state->task.time_ns)
		state->task.time_ns = state->issued_ns;
	return state;
}

/* What a tool reports that needs requests only when they are done. */
#define BLOCK_SUBMITTERS(CONFIG)                                                           \
	static __always_inline int report_bio(struct bio *bio, const bool typed)           \
	{                                                                                  \
		block_submitted(&(CONFIG).trace, bio, typed);                              \
		return 0;                                                                  \
	}                                                                                  \
                                                                                           \
	static __always_inline int report_issue(struct request *request, const bool typed) \
	{                                                                                  \
		block_issued(&(CONFIG).trace, &(CONFIG).disk, request, typed);             \
		return 0;                                                                  \
	}

/*
 * To be called where a request, or a part of it, is done. Copies what is known of it
 * once it is whole, and says whether that is so.
 */
static __always_inline bool block_completed(struct request *request, unsigned int bytes,
					    struct block_request *whole, const bool typed)
{
	struct bio *bio = FIELD(request, bio);
	void *key = bio;
	struct block_request *state = bio ? bpf_map_lookup_elem(&block_requests, &key) : NULL;

	/* What was never issued belongs to a bio that became a part of another's request. */
	if (!state || !state->issued_ns) {
		key = request;
		state = bpf_map_lookup_elem(&block_requests, &key);
	}
	if (!state || !state->issued_ns)
		return false;
	__builtin_memcpy(whole, state, sizeof(*whole));
	if (request_is_done(request, bytes, typed)) {
		forget_request(key);
		return true;
	}
	/* The rest begins with another bio. */
	if (key != request) {
		forget_request(key);
		keep_request(request, whole);
	}
	return false;
}

#endif
