/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The system calls that read and write by a descriptor, which is their first argument, and
 * of what type its file is.
 */
#ifndef LIB_TRANSFER_CALLS_BPF_H
#define LIB_TRANSFER_CALLS_BPF_H

#include "kernel_read.bpf.h"
#include "syscall.bpf.h"

#define READ_CALLS(CALL)  CALL(read) CALL(pread64) CALL(readv) CALL(preadv) CALL(preadv2)
#define WRITE_CALLS(CALL) CALL(write) CALL(pwrite64) CALL(writev) CALL(pwritev) CALL(pwritev2)

/* To be used as CALL where calls are told apart. */
#define CALL_CASE(NAME)	  case SYSCALL_##NAME:

static __always_inline bool call_reads(long number)
{
	switch (number) {
		READ_CALLS(CALL_CASE)
		return true;
	}
	return false;
}

/* linux/stat.h */
#define S_IFMT	0170000
#define S_IFREG 0100000

static __always_inline __u32 file_type(struct inode *inode)
{
	return KERNEL_READ(inode, i_mode) & S_IFMT;
}

#endif
