// SPDX-License-Identifier: GPL-2.0
/* Requests for the attributes of a file or of a file system, at their exit. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "statsnoop.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/path_argument.bpf.h"
#include "lib/syscall.bpf.h"

/* <fcntl.h>, which a BPF program cannot include. */
#define AT_EMPTY_PATH 0x1000

#define TRACED_CALLS(CALL) \
	CALL(newfstatat) CALL(statx) CALL(stat) CALL(lstat) CALL(fstat) CALL(statfs) CALL(fstatfs)

const volatile struct statsnoop_config config;

PATH_RECORD(struct statsnoop_event)

/* Asked before all else: most calls are not of the task that is traced. */
static __always_inline bool is_wanted(long result)
{
	if (config.failed_only && result >= 0)
		return false;
	return current_passes(&config.trace.filter);
}

static __noinline int report(const struct path_argument *path, __u32 number, long result)
{
	struct path_record *record = path_record_here();

	if (!record)
		return 0;
	LEDGER_ADD(seen);
	fill_header(&config.trace, &record->event.header);
	record->event.result = result;
	record->event.number = number;
	emit_with_path(&config.trace, record, path, result);
	return 0;
}

static __noinline int report_call(long number, const struct pt_regs *regs, long result)
{
	struct path_argument path = { AT_FDCWD, config.full_path };

	switch (number) {
	case SYSCALL_newfstatat:
	case SYSCALL_statx:
		path.directory = SYSCALL_ARG1(regs);
		path.path = (void *)SYSCALL_ARG2(regs);
		path.may_be_empty =
			(number == SYSCALL_statx ? SYSCALL_ARG3(regs) : SYSCALL_ARG4(regs)) &
			AT_EMPTY_PATH;
		break;
	case SYSCALL_fstat:
	case SYSCALL_fstatfs:
		path.directory = SYSCALL_ARG1(regs);
		path.may_be_empty = true;
		break;
	default:
		path.path = (void *)SYSCALL_ARG1(regs);
	}
	return report(&path, number, result);
}

#include "lib/syscall_exits.bpf.h"

char LICENSE[] SEC("license") = "GPL";
