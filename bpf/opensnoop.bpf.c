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
#include "lib/path_argument.bpf.h"
#include "lib/syscall.bpf.h"

/* <fcntl.h>, which a BPF program cannot include. */
#define O_CREAT_WRONLY_TRUNC 01101

#define TRACED_CALLS(CALL)   CALL(openat) CALL(open) CALL(openat2) CALL(creat)

const volatile struct opensnoop_config config;

struct scratch {
	struct opensnoop_event event;
	char strings[PATH_ROOM];
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
	struct path_argument path = { call->directory, config.full_path, false, call->path };
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
	size = copy_path(&event->path, record->strings, &path, call->result);
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

#include "lib/syscall_exits.bpf.h"
#include "opensnoop.bpf.h"

char LICENSE[] SEC("license") = "GPL";
