/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_FILESLOWER_H
#define BPF_FILESLOWER_H

#include "wire.h"

struct fileslower_config {
	struct trace_config trace;
	__u64 least_ns; /* report calls that took at least this long */
	__u32 all_types; /* 0: regular files only */
	__u32 padding;
};
_Static_assert(sizeof(struct fileslower_config) == 112, "layout is shared with Swift");

struct fileslower_event {
	struct event_header header;
	__u64 duration_ns;
	__s64 result; /* bytes, or minus errno */
	__u32 is_write;
	__u32 type; /* of the file: the upper bits of st_mode */
	char name[256]; /* of the file, without its directories */
};
_Static_assert(sizeof(struct fileslower_event) == 336, "layout is shared with Swift");

#endif
