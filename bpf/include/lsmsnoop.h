/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_LSMSNOOP_H
#define BPF_LSMSNOOP_H

#include "path.h"
#include "wire.h"

/* What is decided on. */
enum lsm_kind {
	LSM_EXEC,
	LSM_OPEN,
	LSM_MOUNT,
	LSM_PTRACE,
	LSM_MODULE,
	LSM_BPF,
	LSM_CAPABILITY,
};

/* What is asked for, where a kind has several. */
enum lsm_operation {
	LSM_PLAIN,
	LSM_UNMOUNT,
	LSM_MOVE_MOUNT,
	LSM_TRACEME,
	LSM_MODULE_REQUEST,
};

struct lsmsnoop_config {
	struct trace_config trace;
	__u32 kinds; /* a bit for each */
	__u32 denied_only;
	struct own_process own; /* not traced */
};
_Static_assert(sizeof(struct lsmsnoop_config) == 112, "layout is shared with Swift");

struct lsmsnoop_event {
	struct event_header header;
	__s64 result; /* 0 or more: allowed; else minus errno */
	struct event_path path; /* that of the file, or the name of a module */
	__u32 number; /* of the system call; 0: a security hook of the kernel decided */
	__u8 kind;
	__u8 operation;
	__u16 padding;
	__u64 detail; /* flags of open and mount, command of bpf, capability, mode of ptrace */
	__u32 target_pid; /* of ptrace; 0: not known */
	char target_comm[16];
	__u32 more_padding;
};
_Static_assert(sizeof(struct lsmsnoop_event) == 112, "layout is shared with Swift");

#endif
