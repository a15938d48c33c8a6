/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_EXECSNOOP_H
#define BPF_EXECSNOOP_H

#include "wire.h"

#define EXEC_PATH_SIZE	   4096
#define EXEC_ARGS_SIZE	   16384
#define EXEC_ARGUMENT_SIZE 4096

struct execsnoop_config {
	struct trace_config trace;
	__u32 ppid; /* children of this process only; 0: all */
	__u32 max_args;
};
_Static_assert(sizeof(struct execsnoop_config) == 104, "layout is shared with Swift");

/*
 * Followed by path_size bytes of the path that was asked for and args_size
 * bytes of arguments, all ended by a NUL each.
 */
struct execsnoop_event {
	struct event_header header;
	char parent_comm[COMM_SIZE];
	__s32 result; /* 0, or minus errno */
	__u32 argc;
	__u32 args_size;
	__u16 path_size;
	__u16 flags; /* EXEC_ below */
};
_Static_assert(sizeof(struct execsnoop_event) == 88, "layout is shared with Swift");

/* The arguments are longer than what follows, or not all could be read. */
#define EXEC_CUT    1
/* The kernel put an interpreter in front of the arguments (#!). */
#define EXEC_SCRIPT 2

#endif
