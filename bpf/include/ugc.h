/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_UGC_H
#define BPF_UGC_H

#include "language.h"
#include "wire.h"

/* With its NUL. */
#define UGC_TEXT_SIZE 64

struct ugc_config {
	struct trace_config trace;
	struct language_config language;
	__u64 least_ns; /* report what took at least so long */
};
_Static_assert(sizeof(struct ugc_config) == 112, "layout is shared with Swift");

/* Its time is that of the end. */
struct ugc_event {
	struct event_header header;
	__u64 duration_ns;
	__u64 begin[LANGUAGE_NUMBERS]; /* the numbers of the probe at the begin */
	__u64 end[LANGUAGE_NUMBERS];
	__u32 language;
	__u32 kind; /* which of the language's probes for collections it is */
	char manager[UGC_TEXT_SIZE];
	char pool[UGC_TEXT_SIZE];
};
_Static_assert(sizeof(struct ugc_event) == 232, "layout is shared with Swift");

#endif
