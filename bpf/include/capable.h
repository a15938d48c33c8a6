/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_CAPABLE_H
#define BPF_CAPABLE_H

#include "wire.h"
#include "stacks.h"

#define CAPABLE_UNIQUE_PID    1
#define CAPABLE_UNIQUE_CGROUP 2

struct capable_config {
	struct trace_config trace;
	__u64 capabilities; /* a bit for each that is traced */
	struct own_process own; /* not traced */
	__u32 unique; /* CAPABLE_UNIQUE_*: each check once for each; 0: all */
	__u32 denied_only;
	__u32 audited_only;
	__u32 skips_children; /* nor are those of the process, which read its symbols */
	struct stack_config stacks;
};
_Static_assert(sizeof(struct capable_config) == 152, "layout is shared with Swift");

/* include/linux/security.h, and that there are such bits. */
#define CAPABLE_OPTION_NO_AUDIT	 (1 << 1)
#define CAPABLE_OPTION_IN_SET_ID (1 << 2)
#define CAPABLE_OPTIONS_KNOWN	 (1U << 31)

struct capable_event {
	struct event_header header;
	__u32 capability;
	__s32 result; /* 0: allowed; else a negative errno */
	__u32 options; /* CAPABLE_OPTION*; 0 where the hook does not pass them */
	__u32 userns; /* the user namespace in which it was asked for */
	struct event_stacks stacks;
};
_Static_assert(sizeof(struct capable_event) == 96, "layout is shared with Swift");

#endif
