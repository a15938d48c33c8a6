/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests of io_uring, when they complete. A program that includes this file defines
 * report_request(), and user space attaches request_completes where the kernel has it.
 */
#ifndef LIB_IO_REQUESTS_BPF_H
#define LIB_IO_REQUESTS_BPF_H

#include <bpf/bpf_tracing.h>
#include "compat.bpf.h"
#include "filter.bpf.h"
#include "kernel_read.bpf.h"

/* linux/io_uring.h: numbers that never change. */
enum io_request_opcode {
	IO_READV = 1,
	IO_WRITEV = 2,
	IO_FSYNC = 3,
	IO_READ_FIXED = 4,
	IO_WRITE_FIXED = 5,
	IO_OPENAT = 18,
	IO_READ = 22,
	IO_WRITE = 23,
	IO_OPENAT2 = 28,
	IO_SPLICE = 30,
	IO_UNLINKAT = 36,
	IO_MKDIRAT = 37,
	IO_READ_MULTISHOT = 49,
	IO_READV_FIXED = 58,
	IO_WRITEV_FIXED = 59,
};

static int report_request(struct io_kiocb *request, __u8 opcode, int result);

static __always_inline bool request_reads(__u8 opcode)
{
	return opcode == IO_READ || opcode == IO_READV || opcode == IO_READ_FIXED ||
	       opcode == IO_READV_FIXED || opcode == IO_READ_MULTISHOT;
}

static __always_inline bool request_writes(__u8 opcode)
{
	return opcode == IO_WRITE || opcode == IO_WRITEV || opcode == IO_WRITE_FIXED ||
	       opcode == IO_WRITEV_FIXED;
}

/* Does the task that submitted a request pass? */
static __always_inline bool request_passes(const volatile struct task_filter *filter,
					   struct io_kiocb *request)
{
	return !filter->enabled || task_passes(filter, io_request_task(request), false);
}

SEC("raw_tp/io_uring_complete")
int request_completes(__u64 *args)
{
	struct io_kiocb *request = io_uring_request(args);

	if (!request)
		return 0;
	return report_request(request, KERNEL_READ(request, opcode), io_uring_result(args));
}

#endif
