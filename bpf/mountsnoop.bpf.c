// SPDX-License-Identifier: GPL-2.0
/* System calls that mount and unmount file systems, at their exit. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "mountsnoop.h"
#include "lib/call_starts.bpf.h"
#include "lib/compat.bpf.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/syscall.bpf.h"

#define TRACED_CALLS(CALL) \
	CALL(mount)        \
	CALL(umount2)      \
	CALL(fsopen)       \
	CALL(fsconfig)     \
	CALL(fsmount)      \
	CALL(move_mount) CALL(fspick) CALL(open_tree) CALL(mount_setattr) CALL(open_tree_attr)

/* enum fsconfig_command of linux/mount.h */
#define FSCONFIG_SET_STRING	1
#define FSCONFIG_SET_PATH	3
#define FSCONFIG_SET_PATH_EMPTY 4

#define TEXT_ROOM		(MOUNT_TEXTS * MOUNT_TEXT_SIZE)

const volatile struct mountsnoop_config config;

struct record {
	struct mountsnoop_event event;
	/* A text may start just below the end of the room. */
	char texts[TEXT_ROOM + MOUNT_TEXT_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record);
} records SEC(".maps");

static __always_inline bool is_wanted(long result)
{
	return current_passes(&config.trace.filter);
}

struct texts {
	const char *at[MOUNT_TEXTS];
};

/* The arguments of a call that are texts. */
static __always_inline struct texts texts_of(long number, const __u64 *arguments)
{
	struct texts texts = {};

	switch (number) {
	case SYSCALL_mount:
		texts.at[0] = (void *)arguments[0];
		texts.at[1] = (void *)arguments[1];
		texts.at[2] = (void *)arguments[2];
		texts.at[3] = (void *)arguments[4];
		break;
	case SYSCALL_umount2:
	case SYSCALL_fsopen:
		texts.at[0] = (void *)arguments[0];
		break;
	case SYSCALL_fsconfig:
		texts.at[0] = (void *)arguments[2];
		if (arguments[1] == FSCONFIG_SET_STRING || arguments[1] == FSCONFIG_SET_PATH ||
		    arguments[1] == FSCONFIG_SET_PATH_EMPTY)
			texts.at[1] = (void *)arguments[3];
		break;
	case SYSCALL_move_mount:
		texts.at[0] = (void *)arguments[1];
		texts.at[1] = (void *)arguments[3];
		break;
	case SYSCALL_fspick:
	case SYSCALL_open_tree:
	case SYSCALL_mount_setattr:
	case SYSCALL_open_tree_attr:
		texts.at[0] = (void *)arguments[1];
	}
	return texts;
}

/* Copies the texts one after the other, and returns how many bytes they have. */
static __always_inline __u32 copy_texts(struct record *record, const struct texts *texts)
{
	__u32 size = 0;

#pragma clang loop unroll(full)
	for (int index = 0; index < MOUNT_TEXTS; index++) {
		__u32 offset = size;
		long length = 0;

		/* The compiler would test one register and use another. */
		asm volatile("%0 &= %1" : "+r"(offset) : "i"(TEXT_ROOM - 1));
		if (texts->at[index])
			length = read_user_string(record->texts + offset, MOUNT_TEXT_SIZE,
						  texts->at[index]);
		if (length < 0 || length > MOUNT_TEXT_SIZE)
			length = 0;
		if (length == MOUNT_TEXT_SIZE)
			record->event.cut |= 1 << index;
		record->event.sizes[index] = length;
		size += length;
	}
	if (record->event.cut)
		LEDGER_ADD(truncated);
	return size;
}

static __noinline int report_call(long number, const struct pt_regs *regs, long result)
{
	__u32 zero = 0;
	struct record *record = bpf_map_lookup_elem(&records, &zero);
	struct mountsnoop_event *event;
	struct texts texts;
	__u64 size;

	if (!record)
		return 0;
	event = &record->event;
	LEDGER_ADD(seen);
	fill_header(&config.trace, &event->header);
	event->start_ns = call_started(number);
	event->result = result;
	event->number = number;
	event->cut = 0;
	event->arguments[0] = SYSCALL_ARG1(regs);
	event->arguments[1] = SYSCALL_ARG2(regs);
	event->arguments[2] = SYSCALL_ARG3(regs);
	event->arguments[3] = SYSCALL_ARG4(regs);
	event->arguments[4] = SYSCALL_ARG5(regs);
	__builtin_memset(event->attributes, 0, sizeof(event->attributes));
	if (number == SYSCALL_mount_setattr || number == SYSCALL_open_tree_attr)
		bpf_probe_read_user(event->attributes, sizeof(event->attributes),
				    (void *)event->arguments[3]);
	texts = texts_of(number, event->arguments);
	size = sizeof(*event) + copy_texts(record, &texts);
	if (size <= sizeof(*record))
		emit(&config.trace, record, size);
	return 0;
}

#include "lib/syscall_pairs.bpf.h"

char LICENSE[] SEC("license") = "GPL";
