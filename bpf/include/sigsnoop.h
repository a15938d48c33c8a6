/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_SIGSNOOP_H
#define BPF_SIGSNOOP_H

#include "wire.h"

struct sigsnoop_config {
	struct trace_config trace;
	__u32 failed_only;
	__u32 target; /* signals to this process only; 0: to all */
	__u64 signals; /* a bit for each from 1 on; 0: all */
	__u32 null_signal; /* with signals: 0 is one of them */
	__u32 padding;
};
_Static_assert(sizeof(struct sigsnoop_config) == 120, "layout is shared with Swift");

struct sigsnoop_event {
	struct event_header header; /* the sender; empty where there is none */
	__s64 result; /* of the call, or SIGNAL_ below */
	__s32 signal;
	__s32 code; /* si_code */
	__s32 target_pid;
	__s32 target_tid; /* 0: not known */
	__u32 number; /* of the system call */
	__u32 flags; /* SIGSNOOP_ below */
	char target_comm[COMM_SIZE];
};
_Static_assert(sizeof(struct sigsnoop_event) == 104, "layout is shared with Swift");

#define SIGSNOOP_HAS_CODE   1
#define SIGSNOOP_HAS_TARGET 2
#define SIGSNOOP_IS_CALL    4

#endif
