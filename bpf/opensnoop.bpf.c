// SPDX-License-Identifier: GPL-2.0
/*
 * Opens of files, one hit each: at the end of the function that all open
 * system calls come to, or else at the exit of the system calls themselves.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "opensnoop.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/path.bpf.h"
#include "lib/syscall.bpf.h"

/* <fcntl.h> and <errno.h>, of which a BPF program can include neither. */
#define O_CREAT_WRONLY_TRUNC 01101
#define ENAMETOOLONG	     36

const volatile struct opensnoop_config config;

struct scratch {
	struct opensnoop_event event;
	char strings[OPEN_PATH_SIZE + PATH_WALK_SIZE];
};

/* A request of io_uring can come while an exit of the function is at work on its CPU. */
enum scratch_user {
	SCRATCH_OF_CALL,
	SCRATCH_OF_REQUEST,
	SCRATCH_USERS
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_USERS);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

struct open_call {
	int directory;
	const char *path;
	__u64 flags;
	__u32 mode;
	long result;
};

/* Asked before all else: most opens are not of the task that is traced. */
static __always_inline bool is_wanted(long result)
{
	if (config.failed_only && result >= 0)
		return false;
	return current_passes(&config.trace.filter);
}

static __noinline int report(const struct open_call *call)
{
	__u32 user = SCRATCH_OF_CALL;
	struct scratch *record;
	struct opensnoop_event *event;
	long size;

	if (config.flag_filter && !(call->flags & config.flag_filter))
		return 0;
	record = bpf_map_lookup_elem(&scratch, &user);
	if (!record)
		return 0;
	event = &record->event;
	LEDGER_ADD(seen);

	fill_header(&config.trace, &event->header);
	event->result = call->result;
	event->flags = call->flags;
	event->mode = call->mode;
	event->by_io_uring = 0;
	event->base_size = 0;
	size = bpf_probe_read_user_str(record->strings, OPEN_PATH_SIZE, call->path);
	if (size < 0 || size > OPEN_PATH_SIZE)
		size = 0;
	/* The kernel itself refuses what is longer than the buffer. */
	event->cut = size == OPEN_PATH_SIZE && call->result == -ENAMETOOLONG;
	event->path_size = size;
	if (config.full_path && size > 0 && record->strings[0] != '/') {
		struct path_walk walk = walk_to_root(call->directory, record->strings + size);

		event->base_size = walk.size;
		event->cut |= walk.cut;
		size += walk.size;
	}
	if (event->cut)
		LEDGER_ADD(truncated);
	size += sizeof(*event);
	if (size > (long)sizeof(*record))
		return 0;
	emit(&config.trace, record, size);
	return 0;
}

SEC("fexit/do_sys_openat2")
int BPF_PROG(do_sys_openat2_exit, int directory, const char *path, struct open_how *how,
	     long result)
{
	/*
	 * The system calls add O_LARGEFILE; the program did not ask for it. The
	 * function returned a long up to 6.12 and returns an int in 7.2, whose
	 * upper half is not the sign; either holds an int.
	 */
	struct open_call call = { directory, path, how->flags & ~O_LARGEFILE, how->mode,
				  (int)result };

	return is_wanted((int)result) ? report(&call) : 0;
}

static __always_inline int report_open(const struct pt_regs *regs, long result)
{
	struct open_call call = { AT_FDCWD, (void *)SYSCALL_ARG1(regs), SYSCALL_ARG2(regs),
				  SYSCALL_ARG3(regs), result };

	return report(&call);
}

static __always_inline int report_creat(const struct pt_regs *regs, long result)
{
	struct open_call call = { AT_FDCWD, (void *)SYSCALL_ARG1(regs), O_CREAT_WRONLY_TRUNC,
				  SYSCALL_ARG2(regs), result };

	return report(&call);
}

static __always_inline int report_openat(const struct pt_regs *regs, long result)
{
	struct open_call call = { SYSCALL_ARG1(regs), (void *)SYSCALL_ARG2(regs),
				  SYSCALL_ARG3(regs), SYSCALL_ARG4(regs), result };

	return report(&call);
}

static __always_inline int report_openat2(const struct pt_regs *regs, long result)
{
	struct open_call call = { SYSCALL_ARG1(regs), (void *)SYSCALL_ARG2(regs), 0, 0, result };
	__u64 how[2] = {};

	bpf_probe_read_user(how, sizeof(how), (void *)SYSCALL_ARG3(regs));
	call.flags = how[0];
	call.mode = how[1];
	return report(&call);
}

static __always_inline bool is_open(long number)
{
	return number == SYSCALL_openat || number == SYSCALL_open || number == SYSCALL_openat2 ||
	       number == SYSCALL_creat;
}

static __noinline int report_call(long number, const struct pt_regs *regs, long result)
{
	switch (number) {
	case SYSCALL_openat:
		return report_openat(regs, result);
	case SYSCALL_open:
		return report_open(regs, result);
	case SYSCALL_openat2:
		return report_openat2(regs, result);
	case SYSCALL_creat:
		return report_creat(regs, result);
	}
	return 0;
}

/* One program for the exits of all four calls: user space attaches it to each. */
SEC("tracepoint")
int call_exit(struct syscall_exit_context *context)
{
	struct pt_regs *regs;

	if (!is_wanted(context->result))
		return 0;
	regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	return report_call(context->number, regs, context->result);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(any_syscall_exit, struct pt_regs *regs, long result)
{
	long number = SYSCALL_NUMBER(regs);

	if (!is_open(number) || !is_wanted(result) || syscall_is_compat())
		return 0;
	return report_call(number, regs, result);
}

/* For a kernel whose types stand in a file only, to which nothing attaches by type. */
SEC("raw_tp/sys_exit")
int BPF_PROG(any_syscall_exit_raw, struct pt_regs *regs, long result)
{
	struct pt_regs saved;

	if (bpf_probe_read_kernel(&saved, sizeof(saved), regs) ||
	    !is_open(SYSCALL_NUMBER(&saved)) || !is_wanted(result) || syscall_is_compat())
		return 0;
	return report_call(SYSCALL_NUMBER(&saved), &saved, result);
}

#include "lib/open_request.bpf.h"

char LICENSE[] SEC("license") = "GPL";
