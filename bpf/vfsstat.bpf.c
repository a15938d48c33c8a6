// SPDX-License-Identifier: GPL-2.0
/* How often files are read, written, opened and so on, at the exit of the system calls. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "vfsstat.h"
#include "lib/atomic.bpf.h"
#include "lib/files.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/io_requests.bpf.h"
#include "lib/kernel_read.bpf.h"
#include "lib/ledger.bpf.h"
#include "lib/transfer_calls.bpf.h"

#define SYNC_CALLS(CALL) CALL(fsync) CALL(fdatasync)
#define OPEN_CALLS(CALL) CALL(open) CALL(creat) CALL(openat) CALL(openat2) CALL(open_by_handle_at)
#define NAME_CALLS(CALL) CALL(unlink) CALL(unlinkat) CALL(mkdir) CALL(mkdirat) CALL(rmdir)
#define TRACED_CALLS(CALL) \
	READ_CALLS(CALL) WRITE_CALLS(CALL) SYNC_CALLS(CALL) OPEN_CALLS(CALL) NAME_CALLS(CALL)

/* linux/fcntl.h */
#define AT_REMOVEDIR  0x200

/* linux/fs.h: the open has made the file. */
#define FMODE_CREATED (1u << 20)

const volatile struct vfsstat_config config;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vfs_counts);
} samples SEC(".maps");

static __always_inline struct vfs_counts *counts_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&samples, &zero);
}

static __always_inline bool is_wanted(long result)
{
	return result >= 0 && current_passes(&config.trace.filter);
}

static __noinline int count_open(struct vfs_counts *counts, int descriptor)
{
	struct file *file = file_of_descriptor((void *)bpf_get_current_task(), descriptor);

	if (!counts)
		return 0;
	ATOMIC_ADD(&counts->opens, 1);
	if (KERNEL_READ(file, f_mode) & FMODE_CREATED)
		ATOMIC_ADD(&counts->creates, 1);
	return 0;
}

static __always_inline int report_call(long number, const struct pt_regs *regs, long result)
{
	struct vfs_counts *counts = counts_here();

	if (!counts)
		return 0;
	switch (number) {
		READ_CALLS(CALL_CASE)
		ATOMIC_ADD(&counts->reads, 1);
		break;
		WRITE_CALLS(CALL_CASE)
		ATOMIC_ADD(&counts->writes, 1);
		break;
		SYNC_CALLS(CALL_CASE)
		ATOMIC_ADD(&counts->fsyncs, 1);
		break;
	case SYSCALL_mkdir:
	case SYSCALL_mkdirat:
		ATOMIC_ADD(&counts->mkdirs, 1);
		break;
	case SYSCALL_rmdir:
		ATOMIC_ADD(&counts->rmdirs, 1);
		break;
	case SYSCALL_unlink:
		ATOMIC_ADD(&counts->unlinks, 1);
		break;
	case SYSCALL_unlinkat:
		if (SYSCALL_ARG3(regs) & AT_REMOVEDIR)
			ATOMIC_ADD(&counts->rmdirs, 1);
		else
			ATOMIC_ADD(&counts->unlinks, 1);
		break;
	default:
		count_open(counts, result);
	}
	return 0;
}

#include "lib/syscall_exits.bpf.h"

/* Without its flags, before 6.0, an unlinkat is taken for that of a file. */
static __always_inline bool removes_directory(struct io_kiocb *request)
{
	struct io_unlink *command;

	if (!bpf_core_field_exists(request->cmd))
		return false;
	command = (void *)request + bpf_core_field_offset(struct io_kiocb, cmd);
	return KERNEL_READ(command, flags) & AT_REMOVEDIR;
}

static __noinline int report_request(struct io_kiocb *request, __u8 opcode, int result)
{
	struct vfs_counts *counts = counts_here();

	if (!counts || result < 0 || !request_passes(&config.trace.filter, request))
		return 0;
	if (request_reads(opcode))
		ATOMIC_ADD(&counts->reads, 1);
	else if (request_writes(opcode))
		ATOMIC_ADD(&counts->writes, 1);
	else if (opcode == IO_FSYNC)
		ATOMIC_ADD(&counts->fsyncs, 1);
	else if (opcode == IO_OPENAT || opcode == IO_OPENAT2)
		count_open(counts, result);
	else if (opcode == IO_MKDIRAT)
		ATOMIC_ADD(&counts->mkdirs, 1);
	else if (opcode == IO_UNLINKAT && removes_directory(request))
		ATOMIC_ADD(&counts->rmdirs, 1);
	else if (opcode == IO_UNLINKAT)
		ATOMIC_ADD(&counts->unlinks, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
