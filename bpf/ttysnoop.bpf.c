// SPDX-License-Identifier: GPL-2.0
/*
 * What is written to terminals, at the exit of the system calls. The functions that copy it
 * are global, which lets the verifier look at each by itself.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "ttysnoop.h"
#include "lib/events.bpf.h"
#include "lib/files.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/kernel_read.bpf.h"
#include "lib/syscall.bpf.h"

#define TRACED_CALLS(CALL)     CALL(write) CALL(writev) CALL(pwritev2)

/* linux/stat.h, linux/uio.h */
#define S_IFMT		       0170000
#define S_IFCHR		       0020000
#define UIO_MAXIOV	       1024

/* linux/kdev_t.h */
#define MINOR_BITS	       20

/* Documentation/admin-guide/devices.txt */
#define TTY_MAJOR	       4
#define TTYAUX_MAJOR	       5
#define UNIX98_PTY_SLAVE_MAJOR 136
#define UNIX98_PTY_MAJOR_COUNT 8
#define ACM_TTY_MAJOR	       166
#define USB_SERIAL_MAJOR       188
#define LOW_DENSITY_MAJOR      204
#define HVC_MAJOR	       229

/* Minor numbers of TTYAUX_MAJOR: a process's own terminal, and the console. */
#define OWN_TERMINAL	       0
#define CONSOLE		       1

const volatile struct ttysnoop_config config;

struct part {
	__u64 base;
	__u64 length;
};

struct tty_record {
	struct ttysnoop_event event;
	char bytes[TTY_PIECE_SIZE];
};

struct scratch {
	struct tty_record record;
	__u64 left; /* of the limit */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

static __always_inline struct scratch *scratch_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&scratch, &zero);
}

static __always_inline bool is_wanted(long result)
{
	return result > 0 && current_passes(&config.trace.filter);
}

static __always_inline bool is_pseudo_terminal(__u32 device)
{
	return (device >> MINOR_BITS) - UNIX98_PTY_SLAVE_MAJOR < UNIX98_PTY_MAJOR_COUNT;
}

static __always_inline bool is_terminal(__u32 device)
{
	switch (device >> MINOR_BITS) {
	case TTY_MAJOR:
	case ACM_TTY_MAJOR:
	case USB_SERIAL_MAJOR:
	case LOW_DENSITY_MAJOR:
	case HVC_MAJOR:
		return true;
	case TTYAUX_MAJOR:
		return (device & ((1U << MINOR_BITS) - 1)) <= CONSOLE;
	}
	return is_pseudo_terminal(device);
}

/* The terminal that a file is, or 0 where it is none of those that are wanted. */
static __always_inline __u32 wanted_terminal(struct file *file)
{
	struct inode *inode = KERNEL_READ(file, f_inode);
	__u32 device = KERNEL_READ(inode, i_rdev);

	if (!inode || (KERNEL_READ(inode, i_mode) & S_IFMT) != S_IFCHR || !is_terminal(device))
		return 0;
	if (device == TTYAUX_MAJOR << MINOR_BITS) {
		struct tty_file_private *data = KERNEL_READ(file, private_data);
		struct tty_struct *tty = KERNEL_READ(data, tty);
		struct dentry *name;

		device = (__u32)KERNEL_READ(tty, driver, major) << MINOR_BITS |
			 (KERNEL_READ(tty, driver, minor_start) + KERNEL_READ(tty, index));
		/* A pseudo-terminal keeps where its name is. */
		name = KERNEL_READ(tty, driver_data);
		inode = is_pseudo_terminal(device) ? KERNEL_READ(name, d_inode) : NULL;
	}
	if (!config.device)
		return device;
	if (device != config.device)
		return 0;
	if (config.file_system && KERNEL_READ(inode, i_sb, s_dev) != config.file_system)
		return 0;
	return device;
}

/* Reports the first piece of a part; returns its size, or 0 where there is nothing more to report. */
__noinline long report_piece(__u64 address, __u64 length)
{
	struct scratch *scratch = scratch_here();
	__u64 size = length;

	if (!scratch || !size || !scratch->left)
		return 0;
	if (size > scratch->left)
		size = scratch->left;
	if (size > TTY_PIECE_SIZE)
		size = TTY_PIECE_SIZE;
	LEDGER_ADD(seen);
	if (bpf_probe_read_user(scratch->record.bytes, size, (void *)address)) {
		LEDGER_ADD(lost);
		return 0;
	}
	scratch->left -= size;
	scratch->record.event.size = size;
	scratch->record.event.cut = !scratch->left && length > size;
	if (scratch->record.event.cut)
		LEDGER_ADD(truncated);
	emit(&config.trace, &scratch->record, sizeof(struct ttysnoop_event) + size);
	return size;
}

/* A part of a write, of which the record has all else. */
static __noinline void report_part(__u64 address, __u64 length)
{
	for (int piece = 0; piece < TTY_MOST_PIECES; piece++) {
		long size = report_piece(address, length);

		if (!size)
			return;
		address += size;
		length -= size;
	}
}

/* Reports one of several parts, up to so many bytes; returns how many, or -1. */
__noinline long report_one_of_parts(__u64 address, __u64 most)
{
	struct part part;

	if (bpf_probe_read_user(&part, sizeof(part), (void *)address))
		return -1;
	if (part.length > most)
		part.length = most;
	report_part(part.base, part.length);
	return part.length;
}

/* The parts that were written, up to so many bytes. */
__noinline int report_parts(__u64 address, __u64 count, __u64 written)
{
	for (int index = 0; index < UIO_MAXIOV; index++) {
		long reported;

		if (index >= count || !written)
			return 0;
		reported = report_one_of_parts(address, written);
		if (reported < 0)
			return 0;
		written -= reported;
		address += sizeof(struct part);
	}
	return 0;
}

static __noinline int report_call(long number, const struct pt_regs *regs, long result)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct scratch *scratch = scratch_here();
	__u32 device = wanted_terminal(file_of_descriptor(task, SYSCALL_ARG1(regs)));

	if (!device || !scratch || is_own_process(&config.own))
		return 0;
	fill_header(&config.trace, &scratch->record.event.header);
	scratch->record.event.device = device;
	scratch->left = config.limit;
	if (number == SYSCALL_write) {
		report_part(SYSCALL_ARG2(regs), result);
		return 0;
	}
	return report_parts(SYSCALL_ARG2(regs), SYSCALL_ARG3(regs), result);
}

#include "lib/syscall_exits.bpf.h"

char LICENSE[] SEC("license") = "GPL";
