// SPDX-License-Identifier: GPL-2.0
/* Files that lose their name: removed or renamed, and directories that are. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "filegone.h"
#include "lib/filter.bpf.h"

#define NAME_PATHS_ARE_FULL (config.full_path)
#define TRACED_CALLS	    NAME_CALLS

const volatile struct filegone_config config;

#include "lib/name_calls.bpf.h"

static __always_inline bool is_wanted(long result)
{
	return !result && current_passes(&config.trace.filter);
}

static __noinline int report_call(long number, const struct pt_regs *regs, long result)
{
	struct call_arguments arguments;
	struct name_call call = {};
	struct name_record *record;

	read_arguments(&arguments, regs);
	if (!name_call_of(number, &arguments, &call))
		return 0;
	record = begin_names(call.kind);
	return record ? emit_names(record, &call) : 0;
}

#include "lib/syscall_exits.bpf.h"

static __always_inline bool names_are_wanted(void)
{
	return current_passes(&config.trace.filter);
}

struct name_change;
static __always_inline void names_change(struct name_change *change);

#include "lib/names.bpf.h"

static __always_inline void names_change(struct name_change *change)
{
	LEDGER_ADD(seen);
	emit_change(change);
}

char LICENSE[] SEC("license") = "GPL";
