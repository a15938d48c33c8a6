// SPDX-License-Identifier: GPL-2.0
/*
 * Files that are created and then removed. By the functions of the kernel a file is known by
 * its inode, and only its end is reported. By system calls all that changes names is reported,
 * and user space knows a file by its path.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "filelife.h"
#include "lib/filter.bpf.h"
#include "lib/kernel_read.bpf.h"

#define NAME_PATHS_ARE_FULL true
#define OPEN_CALLS(CALL)    CALL(openat) CALL(open) CALL(openat2) CALL(creat)
#define TRACED_CALLS(CALL)  NAME_CALLS(CALL) OPEN_CALLS(CALL) CALL(linkat) CALL(link)

/* <fcntl.h>, linux/fs.h */
#define O_CREAT		    0100
#define FMODE_CREATED	    0x100000

const volatile struct filelife_config config;

#include "lib/name_calls.bpf.h"

/* The filter is for those who create; others may remove what they did. */
static __always_inline bool is_wanted(long result)
{
	return result >= 0;
}

static __always_inline __u64 open_flags(long number, const struct call_arguments *arguments)
{
	__u64 flags = 0;

	switch (number) {
	case SYSCALL_openat:
		return arguments->at[2];
	case SYSCALL_open:
		return arguments->at[1];
	case SYSCALL_openat2:
		bpf_probe_read_user(&flags, sizeof(flags), (void *)arguments->at[2]);
		return flags;
	case SYSCALL_creat:
		return O_CREAT;
	}
	return 0;
}

/* Whether the call has created a file, and not only opened one. */
static __always_inline bool has_created(struct task_struct *task, long number,
					const struct call_arguments *arguments, long descriptor)
{
	struct file *file;

	if (!(open_flags(number, arguments) & O_CREAT))
		return false;
	file = file_of_descriptor(task, descriptor);
	return KERNEL_READ(file, f_mode) & FMODE_CREATED && current_passes(&config.trace.filter);
}

static __always_inline bool link_call_of(long number, const struct call_arguments *arguments,
					 struct name_call *call)
{
	const __u64 *at = arguments->at;

	call->kind = NAME_LINKED;
	switch (number) {
	case SYSCALL_linkat:
		call->directory = at[0];
		call->path = at[1];
		call->new_directory = at[2];
		call->new_path = at[3];
		if (at[4] & AT_EMPTY_PATH)
			call->flags = PATH_MAY_BE_EMPTY;
		return true;
	case SYSCALL_link:
		call->path = at[0];
		call->new_path = at[1];
		return true;
	}
	return false;
}

static __noinline int report_call(long number, const struct pt_regs *regs, long result)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct call_arguments arguments;
	struct name_call call = {};
	struct name_record *record;

	read_arguments(&arguments, regs);
	if (!name_call_of(number, &arguments, &call) && !link_call_of(number, &arguments, &call)) {
		if (!has_created(task, number, &arguments, result))
			return 0;
		call.kind = NAME_CREATED;
		call.directory = result;
		call.flags = PATH_MAY_BE_EMPTY;
	}
	record = begin_names(call.kind);
	if (!record)
		return 0;
	record->event.root = (__u64)KERNEL_READ(task, fs, root.dentry);
	record->event.mount_namespace = KERNEL_READ(task, nsproxy, mnt_ns, ns.inum);
	return emit_names(record, &call);
}

#include "lib/syscall_exits.bpf.h"

static __always_inline bool names_are_wanted(void)
{
	return true;
}

struct name_change;
static __always_inline void names_change(struct name_change *change);

#include "lib/names.bpf.h"

/* When each file was created. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FILE_LIVES);
	__type(key, struct file_identity);
	__type(value, __u64);
} births SEC(".maps");

SEC("fexit/do_dentry_open")
int BPF_PROG(do_dentry_open_exit, struct file *file)
{
	struct file_identity identity;
	struct inode *inode;
	__u64 now = bpf_ktime_get_ns();

	if (!(KERNEL_READ(file, f_mode) & FMODE_CREATED) || !current_passes(&config.trace.filter) ||
	    acts_for_another((void *)bpf_get_current_task()))
		return 0;
	inode = KERNEL_READ(file, f_inode);
	if (!inode)
		return 0;
	identity = identify(inode);
	bpf_map_update_elem(&births, &identity, &now, BPF_ANY);
	return 0;
}

/* A file ends with its last name. One that is replaced is not removed. */
static __always_inline void names_change(struct name_change *change)
{
	struct inode *gone = change->gone;
	__u64 *birth;

	if (!gone || KERNEL_READ(gone, i_nlink))
		return;
	birth = bpf_map_lookup_elem(&births, &change->identity);
	if (!birth)
		return;
	if (change->event.kind == NAME_REMOVED) {
		LEDGER_ADD(seen);
		change->event.created_ns = *birth;
		emit_change(change);
	}
	bpf_map_delete_elem(&births, &change->identity);
}

char LICENSE[] SEC("license") = "GPL";
