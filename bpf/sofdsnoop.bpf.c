// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors that are passed over Unix sockets, at the exit of the system calls: the
 * control messages are still in the memory of the program. The functions that walk them
 * are global, which lets the verifier look at each by itself.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "sofdsnoop.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/kernel_read.bpf.h"
#include "lib/path_argument.bpf.h"
#include "lib/sock.bpf.h"
#include "lib/syscall.bpf.h"

#define TRACED_CALLS(CALL) CALL(sendmsg) CALL(recvmsg) CALL(sendmmsg) CALL(recvmmsg)

/* linux/socket.h, net/scm.h, linux/uio.h */
#define AF_UNIX		   1
#define SOL_SOCKET	   1
#define SCM_RIGHTS	   1
#define MSG_PEEK	   2
#define MOST_DESCRIPTORS   253
#define MOST_MESSAGES	   1024

/* As many control messages of a message are looked at. */
#define MOST_CONTROLS	   256

/* struct msghdr and struct mmsghdr of a 64-bit program. */
struct message {
	__u64 name, name_size, parts, part_count, control, control_size, flags;
};

#define MESSAGE_STRIDE (sizeof(struct message) + sizeof(__u64))

/* struct cmsghdr */
struct control {
	__u64 size;
	__s32 level, type;
};

const volatile struct sofdsnoop_config config;

struct record {
	struct sofdsnoop_event event;
	char strings[PATH_ROOM];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record);
} records SEC(".maps");

static __always_inline struct record *record_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&records, &zero);
}

static __always_inline bool is_wanted(long result)
{
	return result >= 0 && current_passes(&config.trace.filter);
}

/* Copies the name of a file that has no path, and returns its length with the NUL. */
static __always_inline __u32 copy_pseudo_name(struct record *record, struct dentry *dentry)
{
	long result = bpf_probe_read_kernel_str(record->strings, PATH_NAME_SIZE,
						KERNEL_READ(dentry, d_name.name));
	__u32 size = result > 0 && result <= PATH_NAME_SIZE ? result : 0;

	record->event.path = (struct event_path){ .size = size };
	record->event.flags |= PASSED_PSEUDO;
	return size;
}

/* A descriptor of the running task, of which the record has all else. */
__noinline int report_descriptor(int descriptor)
{
	struct path_argument path = { descriptor, false, true, NULL };
	struct record *record = record_here();
	struct dentry *dentry;
	struct file *file;
	__u64 size;

	if (!record)
		return 0;
	LEDGER_ADD(seen);
	file = file_of_descriptor((void *)bpf_get_current_task(), descriptor);
	dentry = KERNEL_READ(file, f_path.dentry);
	record->event.descriptor = descriptor;
	record->event.inode = KERNEL_READ(file, f_inode, i_ino);
	record->event.magic = KERNEL_READ(file, f_inode, i_sb, s_magic);
	record->event.flags &= ~(PASSED_PSEUDO | PASSED_DELETED);
	/* A file without a path is its own parent, as is the root of a mount. */
	if (dentry && dentry == KERNEL_READ(dentry, d_parent) &&
	    dentry != KERNEL_READ(file, f_path.mnt, mnt_root)) {
		size = copy_pseudo_name(record, dentry);
	} else {
		if (dentry && dentry != KERNEL_READ(dentry, d_parent) &&
		    !KERNEL_READ(dentry, d_hash.pprev))
			record->event.flags |= PASSED_DELETED;
		size = copy_path(&record->event.path, record->strings, &path, 0);
	}
	size += sizeof(record->event);
	/* Or the compiler would test one register and use another. */
	barrier_var(size);
	if (size <= sizeof(*record))
		emit(&config.trace, record, size);
	return 0;
}

/* The descriptors of a control message. */
__noinline int report_rights(__u64 address, __u64 count)
{
	struct record *record = record_here();
	struct file *file;
	struct sock *sock;

	if (!record)
		return 0;
	/* Other sockets take such a message and pass nothing. */
	sock = sock_of_any_descriptor(record->event.socket);
	if (!sock || KERNEL_READ(sock, __sk_common.skc_family) != AF_UNIX)
		return 0;
	fill_header(&config.trace, &record->event.header);
	file = file_of_descriptor((void *)bpf_get_current_task(), record->event.socket);
	record->event.socket_inode = KERNEL_READ(file, f_inode, i_ino);
	for (__u32 index = 0; index < MOST_DESCRIPTORS; index++) {
		int descriptor;

		if (index >= count ||
		    bpf_probe_read_user(&descriptor, sizeof(descriptor),
					(void *)(address + index * sizeof(descriptor))))
			break;
		report_descriptor(descriptor);
	}
	return 0;
}

/* The control messages of a message. */
__noinline int report_message(__u64 address)
{
	struct message message;
	struct control control;
	__u64 at, left;

	if (bpf_probe_read_user(&message, sizeof(message), (void *)address))
		return 0;
	at = message.control;
	left = message.control_size;
	for (__u32 index = 0; index < MOST_CONTROLS; index++) {
		if (left < sizeof(control) ||
		    bpf_probe_read_user(&control, sizeof(control), (void *)at) ||
		    control.size < sizeof(control) || control.size > left)
			return 0;
		if (control.level == SOL_SOCKET && control.type == SCM_RIGHTS)
			report_rights(at + sizeof(control),
				      (control.size - sizeof(control)) / sizeof(int));
		control.size = (control.size + 7) & ~7ULL;
		if (control.size > left)
			return 0;
		at += control.size;
		left -= control.size;
	}
	/* What follows is not looked at, and may be a descriptor. */
	if (left >= sizeof(control)) {
		LEDGER_ADD(seen);
		LEDGER_ADD(lost);
	}
	return 0;
}

static __noinline int report_call(long number, const struct pt_regs *regs, long result)
{
	const bool receives = number == SYSCALL_recvmsg || number == SYSCALL_recvmmsg;
	const bool many = number == SYSCALL_sendmmsg || number == SYSCALL_recvmmsg;
	struct record *record = record_here();
	__u64 address = SYSCALL_ARG2(regs), flags;

	if (!record)
		return 0;
	flags = many ? SYSCALL_ARG4(regs) : SYSCALL_ARG3(regs);
	record->event.socket = SYSCALL_ARG1(regs);
	record->event.number = number;
	record->event.flags = (receives ? PASSED_RECEIVED : 0) |
			      (receives && flags & MSG_PEEK ? PASSED_PEEKED : 0);
	if (!many)
		return report_message(address);
	for (int index = 0; index < MOST_MESSAGES; index++) {
		if (index >= result)
			break;
		report_message(address);
		address += MESSAGE_STRIDE;
	}
	return 0;
}

#include "lib/syscall_exits.bpf.h"

char LICENSE[] SEC("license") = "GPL";
