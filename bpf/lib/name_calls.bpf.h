/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names that system calls remove, change and add, with the paths that the calls were given.
 * Before a program includes this file, it declares config and defines
 *
 *   NAME_PATHS_ARE_FULL  whether a relative path is preceded by its directory
 */
#ifndef LIB_NAME_CALLS_BPF_H
#define LIB_NAME_CALLS_BPF_H

#include "names.h"
#include "events.bpf.h"
#include "path_argument.bpf.h"
#include "syscall.bpf.h"

/* linux/fcntl.h, linux/fs.h */
#define AT_REMOVEDIR	0x200
#define AT_EMPTY_PATH	0x1000
#define RENAME_EXCHANGE 2

struct name_record {
	struct name_event event;
	char strings[2 * PATH_ROOM];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct name_record);
} name_records SEC(".maps");

static __always_inline struct name_record *name_record_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&name_records, &zero);
}

/* Where a path begins, and what it is called. */
#define SECOND_PATH	  1
#define PATH_MAY_BE_EMPTY 2

/*
 * Copies a path after the fixed part of the record, or after its first path. A global
 * function, which the verifier looks at by itself and once for both.
 */
__noinline int copy_name(int directory, __u64 address, __u32 flags)
{
	struct path_argument argument = { directory, NAME_PATHS_ARE_FULL, flags & PATH_MAY_BE_EMPTY,
					  (void *)address };
	struct name_record *record = name_record_here();
	__u32 offset;

	if (!record)
		return 0;
	if (!(flags & SECOND_PATH))
		return copy_path(&record->event.path, record->strings, &argument, 0);
	offset = record->event.path.size + record->event.path.base_size;
	barrier_var(offset);
	if (offset > PATH_ROOM)
		return 0;
	return copy_path(&record->event.new_path, record->strings + offset, &argument, 0);
}

/* The calls that remove and rename, and what each was given. */
#define NAME_CALLS(CALL) \
	CALL(unlinkat) CALL(unlink) CALL(rmdir) CALL(renameat2) CALL(renameat) CALL(rename)

struct name_call {
	__u32 kind;
	__u32 flags;
	int directory, new_directory;
	__u64 path, new_path;
};

/*
 * What a call was given. Read at once: the compiler would choose a register by its address,
 * which the verifier refuses.
 */
struct call_arguments {
	__u64 at[5];
};

static __always_inline void read_arguments(struct call_arguments *arguments,
					   const struct pt_regs *regs)
{
	arguments->at[0] = SYSCALL_ARG1(regs);
	arguments->at[1] = SYSCALL_ARG2(regs);
	arguments->at[2] = SYSCALL_ARG3(regs);
	arguments->at[3] = SYSCALL_ARG4(regs);
	arguments->at[4] = SYSCALL_ARG5(regs);
	barrier();
}

static __always_inline bool name_call_of(long number, const struct call_arguments *arguments,
					 struct name_call *call)
{
	const __u64 *at = arguments->at;

	call->directory = call->new_directory = AT_FDCWD;
	switch (number) {
	case SYSCALL_unlinkat:
		call->kind = at[2] & AT_REMOVEDIR ? NAME_REMOVED_DIRECTORY : NAME_REMOVED;
		call->directory = at[0];
		call->path = at[1];
		return true;
	case SYSCALL_unlink:
	case SYSCALL_rmdir:
		call->kind = number == SYSCALL_rmdir ? NAME_REMOVED_DIRECTORY : NAME_REMOVED;
		call->path = at[0];
		return true;
	case SYSCALL_renameat2:
	case SYSCALL_renameat:
		call->kind = number == SYSCALL_renameat2 && at[4] & RENAME_EXCHANGE ? NAME_EXCHANGED
										    : NAME_RENAMED;
		call->directory = at[0];
		call->path = at[1];
		call->new_directory = at[2];
		call->new_path = at[3];
		return true;
	case SYSCALL_rename:
		call->kind = NAME_RENAMED;
		call->path = at[0];
		call->new_path = at[1];
		return true;
	}
	return false;
}

/* The record for a call, with the paths still to be copied. */
static __always_inline struct name_record *begin_names(__u32 kind)
{
	struct name_record *record = name_record_here();

	if (!record)
		return NULL;
	LEDGER_ADD(seen);
	fill_header(&config.trace, &record->event.header);
	record->event.kind = kind;
	record->event.created_ns = 0;
	record->event.new_path = (struct event_path){};
	return record;
}

static __always_inline int emit_names(struct name_record *record, const struct name_call *call)
{
	__u64 size;

	copy_name(call->directory, call->path, call->flags);
	size = sizeof(record->event) + record->event.path.size + record->event.path.base_size;
	if (call->new_path) {
		copy_name(call->new_directory, call->new_path, SECOND_PATH);
		size += record->event.new_path.size + record->event.new_path.base_size;
	}
	barrier_var(size);
	if (size <= sizeof(*record))
		emit(&config.trace, record, size);
	return 0;
}

#endif
