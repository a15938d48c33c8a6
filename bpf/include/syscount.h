/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_SYSCOUNT_H
#define BPF_SYSCOUNT_H

#include "wire.h"

/* Numbers from here on stand for themselves no longer. */
#define SYSCALL_KINDS	  512
#define SYSCALL_OF_32_BIT 510 /* whatever its number is */
#define SYSCALL_OTHER	  511 /* a number beyond the table */

struct syscount_config {
	struct trace_config trace;
	__u32 per_process;
	__u32 latency;
	__u32 failed_only;
	__u32 error; /* count calls that failed with this errno; 0: all */
	__u32 one_call; /* count the call below only */
	__u32 call;
	__u32 ppid; /* count children of this process only; 0: all */
	__u32 padding;
};
_Static_assert(sizeof(struct syscount_config) == 128, "layout is shared with Swift");

#endif
