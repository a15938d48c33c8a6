/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_FSSLOWER_H
#define BPF_FSSLOWER_H

#include "file_operations.h"

struct fsslower_config {
	struct trace_config trace;
	struct filesystem_filter filesystems;
	__u64 least_ns; /* report operations that took at least this long */
};
_Static_assert(sizeof(struct fsslower_config) == 496, "layout is shared with Swift");

struct fsslower_event {
	struct event_header header;
	__u64 duration_ns;
	__s64 offset;
	__s64 result; /* bytes, or minus errno */
	__u32 operation; /* enum file_operation */
	__u32 padding;
	char filesystem[FILESYSTEM_NAME_SIZE];
	char name[256]; /* of the file, without its directories */
};
_Static_assert(sizeof(struct fsslower_event) == 360, "layout is shared with Swift");

#endif
