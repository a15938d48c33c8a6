// SPDX-License-Identifier: GPL-2.0
/* Requests to disks: how long they take, and whose they are. */
#include "floor.bpf.h"
#include "lib/block.bpf.h"

/*
 * The kernel notes when it issues a request, but not the program that counts it, whether it
 * will: so one must be there.
 */
SEC("tp_btf/block_rq_issue")
int latency_issue(__u64 *arguments)
{
	return 0;
}

SEC("tp_btf/block_rq_complete")
int latency_complete(__u64 *arguments)
{
	struct request *request = (struct request *)arguments[0];

	if ((__u32)arguments[2] >= request->__data_len)
		distribute((bpf_ktime_get_ns() - request->io_start_time_ns) / 1000);
	return 0;
}

/* Of requests of one bio, whose address is all that the hook at submission knows. */
struct submission {
	struct who who;
	__u64 issued_ns;
	__u64 sector;
	__u32 bytes;
	__u32 flags;
	__u32 major;
	__u32 minor;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, void *);
	__type(value, struct submission);
} submissions SEC(".maps");

SEC("tp_btf/block_getrq")
int submit(__u64 *arguments)
{
	struct bio *bio = block_getrq_bio(arguments);
	struct submission submission = {};

	describe(&submission.who);
	bpf_map_update_elem(&submissions, &bio, &submission, BPF_ANY);
	return 0;
}

SEC("tp_btf/block_rq_issue")
int issue(__u64 *arguments)
{
	struct request *request = block_tracepoint_request(arguments);
	struct bio *bio = request->bio;
	struct submission *submission = bpf_map_lookup_elem(&submissions, &bio);
	struct gendisk *disk = request_disk(request, true);

	if (!submission)
		return 0;
	submission->issued_ns = bpf_ktime_get_ns();
	submission->sector = request->__sector;
	submission->bytes = request->__data_len;
	submission->flags = request->cmd_flags;
	submission->major = disk->major;
	submission->minor = disk->first_minor;
	return 0;
}

struct request_event {
	struct submission submission;
	__u64 completed_ns;
};

SEC("tp_btf/block_rq_complete")
int report(__u64 *arguments)
{
	struct request *request = (struct request *)arguments[0];
	struct bio *bio = request->bio;
	struct submission *submission = bpf_map_lookup_elem(&submissions, &bio);
	struct request_event event;

	if (!submission || (__u32)arguments[2] < request->__data_len)
		return 0;
	event.submission = *submission;
	event.completed_ns = bpf_ktime_get_ns();
	bpf_map_delete_elem(&submissions, &bio);
	emit(&event, sizeof(event));
	return 0;
}

struct mover {
	__u64 comm[2];
	__u32 pid;
	__u32 flags;
	__u32 major;
	__u32 minor;
};

struct moved {
	__u64 requests;
	__u64 bytes;
	__u64 nanoseconds;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, struct mover);
	__type(value, struct moved);
} movers SEC(".maps");

SEC("tp_btf/block_rq_complete")
int add(__u64 *arguments)
{
	struct request *request = (struct request *)arguments[0];
	struct bio *bio = request->bio;
	struct submission *submission = bpf_map_lookup_elem(&submissions, &bio);
	struct moved *moved, first = {};
	struct mover mover = {};

	if (!submission || (__u32)arguments[2] < request->__data_len)
		return 0;
	mover.comm[0] = submission->who.comm[0];
	mover.comm[1] = submission->who.comm[1];
	mover.pid = submission->who.pid;
	mover.flags = submission->flags & REQ_OP_MASK;
	mover.major = submission->major;
	mover.minor = submission->minor;
	moved = bpf_map_lookup_elem(&movers, &mover);
	if (moved) {
		__sync_fetch_and_add(&moved->requests, 1);
		__sync_fetch_and_add(&moved->bytes, submission->bytes);
		__sync_fetch_and_add(&moved->nanoseconds,
				     bpf_ktime_get_ns() - submission->issued_ns);
	} else {
		bpf_map_update_elem(&movers, &mover, &first, BPF_NOEXIST);
	}
	bpf_map_delete_elem(&submissions, &bio);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
