/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_OOMKILL_H
#define BPF_OOMKILL_H

#include "wire.h"

struct oomkill_config {
	struct trace_config trace;
};
_Static_assert(sizeof(struct oomkill_config) == 96, "layout is shared with Swift");

struct oomkill_event {
	struct event_header header; /* the victim; no more than its number where that is all */
	/* Its memory, in pages. */
	__u64 total_pages; /* of its addresses */
	__u64 anonymous_pages;
	__u64 file_pages;
	__u64 shared_pages;
	__s32 oom_score_adj;
	__u32 trigger_pid; /* the process that asked for memory */
	char trigger_comm[COMM_SIZE];
};
_Static_assert(sizeof(struct oomkill_event) == 112, "layout is shared with Swift");

#endif
