/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads of files through the page cache, at the exit of the functions that do them. A program
 * that includes this file defines
 *
 *   read_ends(file, end, moved)    so many bytes were read up to a place in a file; none, or a
 *                                  negative errno, where it failed
 */
#ifndef LIB_FILE_READS_BPF_H
#define LIB_FILE_READS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* enum vm_fault_reason of linux/mm_types.h */
#define VM_FAULT_ERROR 0x873
#define VM_FAULT_RETRY 0x400

/* The result counts what an earlier part of the same call read, as direct I/O. */
#define READ_EXIT(FUNCTION)                                                                    \
	SEC("fexit/" #FUNCTION)                                                                \
	int BPF_PROG(FUNCTION##_exit, struct kiocb *request, struct iov_iter *to, long before, \
		     long result)                                                              \
	{                                                                                      \
		return read_ends(request->ki_filp, request->ki_pos, result - before);          \
	}

READ_EXIT(filemap_read)
READ_EXIT(generic_file_buffered_read)

SEC("fexit/filemap_splice_read")
int BPF_PROG(filemap_splice_read_exit, struct file *file, long long *position,
	     struct pipe_inode_info *pipe, unsigned long size, unsigned int flags, long result)
{
	long long end = 0;

	bpf_probe_read_kernel(&end, sizeof(end), position);
	return read_ends(file, end, result);
}

#endif
