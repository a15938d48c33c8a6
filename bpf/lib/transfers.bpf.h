/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tasks read from files and write to them, at the exit of the system calls and when
 * requests of io_uring complete. A program that includes this file declares config, with
 * the members trace and directories, and defines count_transfer().
 */
#ifndef LIB_TRANSFERS_BPF_H
#define LIB_TRANSFERS_BPF_H

#include "atomic.bpf.h"
#include "directories.bpf.h"
#include "filter.bpf.h"
#include "io_requests.bpf.h"
#include "kernel_read.bpf.h"
#include "transfer_calls.bpf.h"

/* Those of which one descriptor is read and another one written. */
#define COPY_CALLS(CALL)   CALL(sendfile) CALL(copy_file_range) CALL(splice)
#define TRACED_CALLS(CALL) READ_CALLS(CALL) WRITE_CALLS(CALL) COPY_CALLS(CALL)

/*
 * Called for each call that succeeded, of the running task or, for a request, of the one that
 * submitted it, which is then passed.
 */
static int count_transfer(struct task_struct *task, struct file *file, __u64 bytes,
			  bool is_written);

static __always_inline bool is_wanted(long result)
{
	if (result < 0)
		return config.directories.enabled;
	return current_passes(&config.trace.filter);
}

static __always_inline void add_transfer(struct transfer_totals *totals, __u64 bytes,
					 bool is_written)
{
	if (is_written) {
		ATOMIC_ADD(&totals->writes, 1);
		ATOMIC_ADD(&totals->write_bytes, bytes);
	} else {
		ATOMIC_ADD(&totals->reads, 1);
		ATOMIC_ADD(&totals->read_bytes, bytes);
	}
}

static __noinline int count_descriptor(int descriptor, __u64 bytes, bool is_written)
{
	struct file *file = file_of_descriptor((void *)bpf_get_current_task(), descriptor);

	return file ? count_transfer(NULL, file, bytes, is_written) : 0;
}

static __noinline int report_call(long number, const struct pt_regs *regs, long result)
{
	int from = SYSCALL_ARG1(regs), to = from;
	bool reads = true, writes = true;

	if (result < 0)
		return note_directory(&config.directories, number, regs);
	switch (number) {
		READ_CALLS(CALL_CASE)
		writes = false;
		break;
	case SYSCALL_sendfile:
		from = SYSCALL_ARG2(regs);
		break;
	case SYSCALL_copy_file_range:
	case SYSCALL_splice:
		to = SYSCALL_ARG3(regs);
		break;
	default:
		reads = false;
	}
	if (reads)
		count_descriptor(from, result, false);
	if (writes)
		count_descriptor(to, result, true);
	return 0;
}

#include "syscall_exits.bpf.h"

static __noinline int report_request(struct io_kiocb *request, __u8 opcode, int result)
{
	const bool is_written = request_writes(opcode);

	if (result < 0 || !(is_written || request_reads(opcode)) ||
	    !request_passes(&config.trace.filter, request))
		return 0;
	return count_transfer(io_request_task(request), KERNEL_READ(request, file), result,
			      is_written);
}

#endif
