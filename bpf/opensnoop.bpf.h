/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Opens that pass by the system calls: a request of io_uring is seen when it is
 * submitted, when its path can still be read, and reported when it completes.
 * Included by opensnoop.bpf.c, which declares the configuration and the scratch
 * record.
 */
#ifndef BPF_OPENSNOOP_BPF_H
#define BPF_OPENSNOOP_BPF_H

/* enum io_uring_op of linux/io_uring.h */
#define IORING_OP_OPENAT  18
#define IORING_OP_OPENAT2 28

struct open_request {
	struct opensnoop_event event;
	char path[PATH_ARGUMENT_SIZE];
};

/* Opens that were submitted and have not completed. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 512);
	__type(key, struct io_kiocb *);
	__type(value, struct open_request);
} submitted SEC(".maps");

static __noinline int submit(struct io_kiocb *request)
{
	__u8 opcode = KERNEL_READ(request, opcode);
	struct io_open *open;
	struct scratch *record;
	struct opensnoop_event *event;
	const char *path;
	__u32 user = SCRATCH_OF_REQUEST;
	long size;

	if (opcode != IORING_OP_OPENAT && opcode != IORING_OP_OPENAT2)
		return 0;
	/* Whether it fails is not known yet. */
	path = io_open_path(request);
	if (!path || !is_wanted(-1))
		return 0;
	record = bpf_map_lookup_elem(&scratch, &user);
	if (!record)
		return 0;
	open = (void *)request + bpf_core_field_offset(struct io_kiocb, cmd);
	event = &record->event;
	fill_header(&config.trace, &event->header);
	event->flags = KERNEL_READ(open, how.flags) & ~O_LARGEFILE;
	event->mode = KERNEL_READ(open, how.mode);
	event->by_io_uring = 1;
	event->path = (struct event_path){};
	size = bpf_probe_read_kernel_str(record->strings, PATH_ARGUMENT_SIZE, path);
	event->path.size = size > 0 ? size : 0;
	if (config.flag_filter && !(event->flags & config.flag_filter))
		return 0;
	if (bpf_map_update_elem(&submitted, &request, record, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

SEC("raw_tp/io_uring_submit_req")
int BPF_PROG(submit_req, struct io_kiocb *request)
{
	return submit(request);
}

SEC("raw_tp/io_uring_submit_sqe")
int BPF_PROG(submit_sqe, struct io_kiocb *request)
{
	return io_uring_submit_sqe_has_request() ? submit(request) : 0;
}

SEC("raw_tp/io_uring_complete")
int complete(__u64 *args)
{
	struct io_kiocb *request = (void *)args[1];
	struct open_request *record = bpf_map_lookup_elem(&submitted, &request);
	__u64 size;

	if (!record)
		return 0;
	record->event.result = io_uring_result(args);
	size = sizeof(record->event) + record->event.path.size;
	if ((!config.failed_only || record->event.result < 0) && size <= sizeof(*record)) {
		LEDGER_ADD(seen);
		emit(&config.trace, record, size);
	}
	bpf_map_delete_elem(&submitted, &request);
	return 0;
}

#endif
