// SPDX-License-Identifier: GPL-2.0
/* Reads and writes that take long, at the entry and the exit of the system calls. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "fileslower.h"
#include "lib/call_starts.bpf.h"
#include "lib/events.bpf.h"
#include "lib/files.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/kernel_read.bpf.h"
#include "lib/transfer_calls.bpf.h"

#define TRACED_CALLS(CALL) READ_CALLS(CALL) WRITE_CALLS(CALL)

const volatile struct fileslower_config config;

static __always_inline bool is_wanted(long result)
{
	return current_passes(&config.trace.filter);
}

/* Of most calls only the time is looked at. */
static __noinline int report_call(long number, const struct pt_regs *regs, long result)
{
	__u64 start = call_started(number), now = bpf_ktime_get_ns();
	struct fileslower_event *event;
	struct file *file;
	__u32 type;

	if (!start || now - start < config.least_ns)
		return 0;
	file = file_of_descriptor((void *)bpf_get_current_task(), SYSCALL_ARG1(regs));
	type = file_type(KERNEL_READ(file, f_inode));
	if (!file || (!config.all_types && type != S_IFREG))
		return 0;
	event = begin_event(&config.trace, sizeof(*event));
	if (!event)
		return 0;
	event->duration_ns = now - start;
	event->result = result;
	event->is_write = !call_reads(number);
	event->type = type;
	bpf_probe_read_kernel_str(event->name, sizeof(event->name),
				  KERNEL_READ(file, f_path.dentry, d_name.name));
	submit_event(&config.trace, event, sizeof(*event));
	return 0;
}

#include "lib/syscall_pairs.bpf.h"

char LICENSE[] SEC("license") = "GPL";
