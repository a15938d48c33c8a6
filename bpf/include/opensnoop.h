/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_OPENSNOOP_H
#define BPF_OPENSNOOP_H

#include "path.h"
#include "wire.h"

/* <fcntl.h>: the kernel adds it to each open of a 64-bit program. */
#ifndef O_LARGEFILE
#define O_LARGEFILE 0100000
#endif

struct opensnoop_config {
	struct trace_config trace;
	__u32 failed_only;
	__u32 full_path;
	__u32 flag_filter; /* show opens with one of these flags; 0: all */
	__u32 padding;
};
_Static_assert(sizeof(struct opensnoop_config) == 112, "layout is shared with Swift");

struct opensnoop_event {
	struct event_header header;
	__s64 result; /* file descriptor, or minus errno */
	__u64 flags;
	struct event_path path;
	__u32 mode;
	__u32 by_io_uring;
};
_Static_assert(sizeof(struct opensnoop_event) == 88, "layout is shared with Swift");

#endif
