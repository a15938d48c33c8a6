// SPDX-License-Identifier: GPL-2.0
/* System calls that write data to its disk, when they have done so. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "syncsnoop.h"
#include "lib/call_starts.bpf.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/path_argument.bpf.h"
#include "lib/syscall.bpf.h"

#define TRACED_CALLS(CALL) \
	CALL(fsync) CALL(fdatasync) CALL(sync) CALL(syncfs) CALL(msync) CALL(sync_file_range)

const volatile struct syncsnoop_config config;

PATH_RECORD(struct syncsnoop_event)

static __always_inline bool is_wanted(long result)
{
	return current_passes(&config.trace.filter);
}

static __noinline int report_call(long number, const struct pt_regs *regs, long result)
{
	const bool has_descriptor = number != SYSCALL_sync && number != SYSCALL_msync;
	struct path_argument path = { SYSCALL_ARG1(regs), true, has_descriptor, NULL };
	struct path_record *record = path_record_here();

	if (!record)
		return 0;
	LEDGER_ADD(seen);
	fill_header(&config.trace, &record->event.header);
	record->event.start_ns = call_started(number);
	record->event.result = result;
	record->event.number = number;
	emit_with_path(&config.trace, record, &path, result);
	return 0;
}

#include "lib/syscall_pairs.bpf.h"

char LICENSE[] SEC("license") = "GPL";
