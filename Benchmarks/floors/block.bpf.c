// SPDX-License-Identifier: GPL-2.0
/* Requests to disks: how long they take, and whose they are. */
#include "floor.bpf.h"
#include "stacks.bpf.h"
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

/* To a hundredth: as many buckets to a power of two as that takes. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 32 << 7);
	__type(key, __u32);
	__type(value, __u64);
} fine_buckets SEC(".maps");

SEC("tp_btf/block_rq_complete")
int latency_complete_finely(__u64 *arguments)
{
	struct request *request = (struct request *)arguments[0];
	__u64 value, *count;
	__u32 power, bucket;

	if ((__u32)arguments[2] < request->__data_len)
		return 0;
	value = bpf_ktime_get_ns() - request->io_start_time_ns;
	power = power_of(value);
	bucket = (power << 7) + (power > 7 ? value >> (power - 7) & 127 : value);
	count = bpf_map_lookup_elem(&fine_buckets, &bucket);
	if (count)
		__sync_fetch_and_add(count, 1);
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

struct sizes {
	__u64 buckets[32];
};

struct sizes_key {
	__u64 comm[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct sizes_key);
	__type(value, struct sizes);
} sizes SEC(".maps");

static const struct sizes no_sizes;

/* How large requests are, by the name of who submitted them. */
SEC("tp_btf/block_rq_complete")
int sized(__u64 *arguments)
{
	struct request *request = (struct request *)arguments[0];
	struct bio *bio = request->bio;
	struct submission *submission = bpf_map_lookup_elem(&submissions, &bio);
	struct sizes_key key;
	struct sizes *found;

	if (!submission || (__u32)arguments[2] < request->__data_len)
		return 0;
	key.comm[0] = submission->who.comm[0];
	key.comm[1] = submission->who.comm[1];
	found = bpf_map_lookup_elem(&sizes, &key);
	if (!found) {
		bpf_map_update_elem(&sizes, &key, &no_sizes, BPF_NOEXIST);
		found = bpf_map_lookup_elem(&sizes, &key);
	}
	if (found)
		__sync_fetch_and_add(&found->buckets[(submission->bytes >> 10) & 31], 1);
	bpf_map_delete_elem(&submissions, &bio);
	return 0;
}

struct disk {
	__u64 next_sector;
	__u64 requests[2];
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct disk);
} disks SEC(".maps");

/* Whether a request begins where the last one of its disk ended. */
SEC("tp_btf/block_rq_issue")
int pattern(__u64 *arguments)
{
	struct request *request = block_tracepoint_request(arguments);
	struct gendisk *gendisk = request_disk(request, true);
	__u64 key = (__u64)gendisk->major << 32 | gendisk->first_minor;
	__u64 sector = request->__sector;
	__u32 bytes = request->__data_len;
	struct disk *disk, first = {};

	if (!bytes)
		return 0;
	disk = bpf_map_lookup_elem(&disks, &key);
	if (!disk) {
		bpf_map_update_elem(&disks, &key, &first, BPF_NOEXIST);
		return 0;
	}
	__sync_fetch_and_add(&disk->requests[sector == disk->next_sector], 1);
	__sync_fetch_and_add(&disk->bytes, bytes);
	disk->next_sector = sector + (bytes >> 9);
	return 0;
}

struct beginning {
	__u64 time_ns;
	__u64 comm[2];
	__u32 pid;
	__s32 stack;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, void *);
	__type(value, struct beginning);
} beginnings SEC(".maps");

SEC("tp_btf/block_getrq")
int stack_begins(__u64 *arguments)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct bio *bio = block_getrq_bio(arguments);
	struct beginning beginning = { .pid = task->tgid };

	beginning.comm[0] = *(__u64 *)&task->comm[0];
	beginning.comm[1] = *(__u64 *)&task->comm[8];
	beginning.stack = bpf_get_stackid(arguments, &stacks, 0);
	beginning.time_ns = bpf_ktime_get_ns();
	bpf_map_update_elem(&beginnings, &bio, &beginning, BPF_ANY);
	return 0;
}

struct stack_key {
	__u64 comm[2];
	__u32 pid;
	__s32 stack;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct stack_key);
	__type(value, struct sizes);
} stack_times SEC(".maps");

/* How long requests took, by the stack that began them. */
SEC("tp_btf/block_rq_complete")
int stack_ends(__u64 *arguments)
{
	struct request *request = (struct request *)arguments[0];
	struct bio *bio = request->bio;
	struct beginning *beginning = bpf_map_lookup_elem(&beginnings, &bio);
	struct stack_key key;
	struct sizes *found;
	__u64 time;

	if (!beginning || (__u32)arguments[2] < request->__data_len)
		return 0;
	time = bpf_ktime_get_ns() - beginning->time_ns;
	key.comm[0] = beginning->comm[0];
	key.comm[1] = beginning->comm[1];
	key.pid = beginning->pid;
	key.stack = beginning->stack;
	found = bpf_map_lookup_elem(&stack_times, &key);
	if (!found) {
		bpf_map_update_elem(&stack_times, &key, &no_sizes, BPF_NOEXIST);
		found = bpf_map_lookup_elem(&stack_times, &key);
	}
	if (found)
		__sync_fetch_and_add(&found->buckets[(time >> 10) & 31], 1);
	bpf_map_delete_elem(&beginnings, &bio);
	return 0;
}

/* linux/major.h */
#define MD_MAJOR 9

/* A flush of what no storm writes to. */
SEC("tp_btf/block_bio_queue")
int flush(__u64 *arguments)
{
	struct bio *bio = block_queue_bio(arguments);
	struct submission submission = {};

	if (!(bio->bi_opf & REQ_PREFLUSH) || bio->bi_bdev->bd_disk->major != MD_MAJOR)
		return 0;
	describe(&submission.who);
	emit(&submission, sizeof(submission));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
