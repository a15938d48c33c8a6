/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_UFLOW_H
#define BPF_UFLOW_H

#include "calls.h"
#include "language.h"
#include "wire.h"

/* With their NUL. */
#define UFLOW_TEXT_SIZE	   128
#define UFLOW_PREFIX_SIZE  64
#define UFLOW_PREFIX_WORDS (UFLOW_PREFIX_SIZE / 8)

/* How a text begins; all 0: in any way. */
struct uflow_prefix {
	__u64 text[UFLOW_PREFIX_WORDS];
	__u64 mask[UFLOW_PREFIX_WORDS]; /* the bits that count */
};
_Static_assert(sizeof(struct uflow_prefix) == 128, "layout is shared with Swift");

struct uflow_config {
	struct trace_config trace;
	struct language_config language;
	struct calls_config calls;
	struct uflow_prefix class_prefix;
	struct uflow_prefix method_prefix;
};
_Static_assert(sizeof(struct uflow_config) == sizeof(struct trace_config) + 280,
	       "layout is shared with Swift");

struct uflow_event {
	struct event_header header;
	__u64 depth; /* in how many calls of its thread, itself included */
	__u32 is_end;
	__u32 padding;
	char class_name[UFLOW_TEXT_SIZE];
	char method[UFLOW_TEXT_SIZE];
};
_Static_assert(sizeof(struct uflow_event) == 328, "layout is shared with Swift");

#endif
