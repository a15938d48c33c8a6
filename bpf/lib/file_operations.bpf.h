/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long reads, writes, opens, fsyncs and getattrs of files take, on file systems
 * that are selected by the name of their driver. They are traced where the kernel calls any
 * file system, so no function of a module is hooked; or else as system calls.
 * Include it after declaring config, with the members trace and filesystems, and
 * define report_call().
 */
#ifndef LIB_FILE_OPERATIONS_BPF_H
#define LIB_FILE_OPERATIONS_BPF_H

#include "file_operations.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "files.bpf.h"
#include "filter.bpf.h"
#include "kernel_read.bpf.h"
#include "ledger.bpf.h"
#include "syscall.bpf.h"

/* linux/stat.h */
#define S_IFMT	      0170000
#define S_IFDIR	      0040000
#define S_IFREG	      0100000

/* linux/fcntl.h */
#define AT_EMPTY_PATH 0x1000

struct call_key {
	__u64 object; /* what it is called with, since one call can be inside of another */
	__u32 thread;
	__u32 operation;
};

struct file_call {
	__u64 start_ns;
	struct dentry *dentry; /* NULL: known at the end only */
	__s64 offset;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct call_key);
	__type(value, struct file_call);
} file_calls SEC(".maps");

/* A call that ended after this many nanoseconds. */
static void report_call(__u32 operation, const struct file_call *call, __u64 duration,
			__s64 result);

static __always_inline void read_filesystem_name(struct dentry *dentry, char *name)
{
	bpf_probe_read_kernel_str(name, FILESYSTEM_NAME_SIZE,
				  KERNEL_READ(dentry, d_inode, i_sb, s_type, name));
}

/* Regular files, and directories where they are written back. */
static __always_inline bool is_wanted_file(struct dentry *dentry, __u32 operation)
{
	__u32 type = KERNEL_READ(dentry, d_inode, i_mode) & S_IFMT;
	__u64 name[FILESYSTEM_NAME_SIZE / sizeof(__u64)] = {};

	if (type != S_IFREG && (type != S_IFDIR || operation != FILE_FSYNC))
		return false;
	read_filesystem_name(dentry, (char *)name);
	for (__u32 index = 0; index < FILESYSTEM_NAMES; index++) {
		const volatile __u64 *wanted =
			(void *)&config.filesystems.names[index * FILESYSTEM_NAME_SIZE];

		if (index >= config.filesystems.count)
			return false;
		if (name[0] == wanted[0] && name[1] == wanted[1])
			return true;
	}
	return false;
}

static __always_inline struct call_key call_key(__u32 operation, const void *object)
{
	return (struct call_key){ (__u64)object, bpf_get_current_pid_tgid(), operation };
}

static __always_inline int call_begins(struct call_key key, struct dentry *dentry, __s64 offset)
{
	struct file_call call = { 0, dentry, offset };

	if (dentry && !is_wanted_file(dentry, key.operation))
		return 0;
	call.start_ns = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&file_calls, &key, &call, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

/* The dentry is that of an open, which has none before. */
static __always_inline int call_ends(struct call_key key, struct dentry *dentry, __s64 result)
{
	struct file_call *known = bpf_map_lookup_elem(&file_calls, &key), call;
	__u64 now = bpf_ktime_get_ns();

	if (!known)
		return 0;
	call = *known;
	bpf_map_delete_elem(&file_calls, &key);
	if (!call.dentry) {
		if (!dentry || !is_wanted_file(dentry, key.operation))
			return 0;
		call.dentry = dentry;
	}
	report_call(key.operation, &call, now - call.start_ns, result);
	return 0;
}

static __always_inline bool caller_is_wanted(void)
{
	return current_passes(&config.trace.filter);
}

/*
 * A read or write: its fourth argument points to the offset. It is taken as bytes of
 * the context, since the verifier of 5.10 refuses an argument that points to an integer.
 */
static __always_inline __s64 place_of_transfer(const __u64 *context)
{
	__s64 *address = NULL, place = 0;

	bpf_probe_read_kernel(&address, sizeof(address), &context[3]);
	bpf_probe_read_kernel(&place, sizeof(place), address);
	return place;
}

#define TRANSFER(FUNCTION, OPERATION, ...)                                                      \
	SEC("fentry/" #FUNCTION)                                                                \
	int BPF_PROG(FUNCTION##_entry, struct file *file)                                       \
	{                                                                                       \
		if (!caller_is_wanted())                                                        \
			return 0;                                                               \
		return call_begins(call_key(OPERATION, file), KERNEL_READ(file, f_path.dentry), \
				   place_of_transfer(ctx));                                     \
	}                                                                                       \
                                                                                                \
	SEC("fexit/" #FUNCTION)                                                                 \
	int BPF_PROG(FUNCTION##_exit, struct file *file, void *data, __u64 size, __s64 *place,  \
		     ##__VA_ARGS__, __s64 result)                                               \
	{                                                                                       \
		return call_ends(call_key(OPERATION, file), NULL, result);                      \
	}

TRANSFER(vfs_read, FILE_READ)
TRANSFER(vfs_write, FILE_WRITE)
TRANSFER(vfs_readv, FILE_READ, int flags)
TRANSFER(vfs_writev, FILE_WRITE, int flags)

#if defined(__TARGET_ARCH_x86)
#define SYSCALL_FUNCTION "__x64_sys_"
#else
#define SYSCALL_FUNCTION "__arm64_sys_"
#endif

/* The system calls, since 7.2 has vfs_fsync_range() inlined into its callers. */
#define SYNC(CALL)                                                                               \
	SEC("fentry/" SYSCALL_FUNCTION #CALL)                                                    \
	int BPF_PROG(CALL##_entry, struct pt_regs *regs)                                         \
	{                                                                                        \
		struct task_struct *task = (void *)bpf_get_current_task();                       \
		struct file *file;                                                               \
                                                                                                 \
		if (!caller_is_wanted())                                                         \
			return 0;                                                                \
		file = file_of_descriptor(task, SYSCALL_ARG1(regs));                             \
		if (!file)                                                                       \
			return 0;                                                                \
		return call_begins(call_key(FILE_FSYNC, NULL), KERNEL_READ(file, f_path.dentry), \
				   0);                                                           \
	}                                                                                        \
                                                                                                 \
	SEC("fexit/" SYSCALL_FUNCTION #CALL)                                                     \
	int BPF_PROG(CALL##_exit, struct pt_regs *regs, long result)                             \
	{                                                                                        \
		return call_ends(call_key(FILE_FSYNC, NULL), NULL, result);                      \
	}

SYNC(fsync)
SYNC(fdatasync)

SEC("fentry/do_dentry_open")
int BPF_PROG(do_dentry_open_entry, struct file *file)
{
	return caller_is_wanted() ? call_begins(call_key(FILE_OPEN, file), NULL, 0) : 0;
}

/* An open that failed has left no path in the file. */
SEC("fexit/do_dentry_open")
int BPF_PROG(do_dentry_open_exit, struct file *file)
{
	return call_ends(call_key(FILE_OPEN, file), KERNEL_READ(file, f_path.dentry), 0);
}

SEC("fentry/vfs_getattr_nosec")
int BPF_PROG(vfs_getattr_nosec_entry, struct path *path)
{
	if (!caller_is_wanted())
		return 0;
	return call_begins(call_key(FILE_GETATTR, path), KERNEL_READ(path, dentry), 0);
}

SEC("fexit/vfs_getattr_nosec")
int BPF_PROG(vfs_getattr_nosec_exit, struct path *path, void *status, __u32 mask,
	     unsigned int flags, int result)
{
	return call_ends(call_key(FILE_GETATTR, path), NULL, result);
}

#define NO_OPERATION (~0u)

static __always_inline __u32 operation_of_call(long number)
{
	switch (number) {
	case SYSCALL_read:
	case SYSCALL_pread64:
	case SYSCALL_readv:
	case SYSCALL_preadv:
	case SYSCALL_preadv2:
		return FILE_READ;
	case SYSCALL_write:
	case SYSCALL_pwrite64:
	case SYSCALL_writev:
	case SYSCALL_pwritev:
	case SYSCALL_pwritev2:
		return FILE_WRITE;
	case SYSCALL_open:
	case SYSCALL_creat:
	case SYSCALL_openat:
	case SYSCALL_openat2:
		return FILE_OPEN;
	case SYSCALL_fsync:
	case SYSCALL_fdatasync:
		return FILE_FSYNC;
	case SYSCALL_fstat:
	case SYSCALL_newfstatat:
	case SYSCALL_statx:
		return FILE_GETATTR;
	}
	return NO_OPERATION;
}

/* Does a call name its file by the path, which may lead anywhere? */
static __always_inline bool call_has_path(long number, const struct pt_regs *regs)
{
	return (number == SYSCALL_newfstatat && !(SYSCALL_ARG4(regs) & AT_EMPTY_PATH)) ||
	       (number == SYSCALL_statx && !(SYSCALL_ARG3(regs) & AT_EMPTY_PATH));
}

/* Where a read or write begins: where it says, or else where the file is. */
static __always_inline __s64 place_of_call(long number, const struct pt_regs *regs,
					   struct file *file)
{
	switch (number) {
	case SYSCALL_pread64:
	case SYSCALL_pwrite64:
	case SYSCALL_preadv:
	case SYSCALL_pwritev:
		return SYSCALL_ARG4(regs);
	case SYSCALL_preadv2:
	case SYSCALL_pwritev2:
		if ((__s64)SYSCALL_ARG4(regs) != -1)
			return SYSCALL_ARG4(regs);
	}
	return KERNEL_READ(file, f_pos);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(any_syscall_enter, struct pt_regs *regs, long number)
{
	__u32 operation = operation_of_call(number);
	struct task_struct *task;
	struct dentry *dentry = NULL;
	__s64 place = 0;

	if (operation == NO_OPERATION || call_has_path(number, regs) || !caller_is_wanted())
		return 0;
	task = current_task();
	if (task_call_is_compat(task))
		return 0;
	if (operation != FILE_OPEN) {
		struct file *file = file_of_descriptor(task, SYSCALL_ARG1(regs));

		dentry = KERNEL_READ(file, f_path.dentry);
		if (!dentry)
			return 0;
		if (operation == FILE_READ || operation == FILE_WRITE)
			place = place_of_call(number, regs, file);
	}
	return call_begins((struct call_key){ 0, current_thread(task), operation }, dentry, place);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(any_syscall_exit, struct pt_regs *regs, long result)
{
	__u32 operation = operation_of_call(SYSCALL_NUMBER(regs));
	struct task_struct *task;
	struct dentry *dentry = NULL;

	if (operation == NO_OPERATION)
		return 0;
	task = current_task();
	if (operation == FILE_OPEN)
		dentry = KERNEL_READ(file_of_descriptor(task, result), f_path.dentry);
	return call_ends((struct call_key){ 0, current_thread(task), operation }, dentry, result);
}

#endif
