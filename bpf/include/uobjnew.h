/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_UOBJNEW_H
#define BPF_UOBJNEW_H

#include "language.h"

/* The room for the name of a type, with its NUL. */
#define UOBJNEW_NAME_SIZE 80
/* In place of the kind of a language's probe: memory, by its size. */
#define UOBJNEW_MEMORY	  LANGUAGE_KINDS

struct uobjnew_config {
	struct trace_config trace;
	struct language_config language;
};
_Static_assert(sizeof(struct uobjnew_config) == 104, "layout is shared with Swift");

struct uobjnew_key {
	char type[UOBJNEW_NAME_SIZE]; /* empty: the probe tells none */
	__u64 size; /* of memory */
	__u32 kind; /* which of the language's probes told it */
	__u32 language;
};
_Static_assert(sizeof(struct uobjnew_key) == 96, "layout is shared with Swift");

struct uobjnew_totals {
	__u64 count;
	__u64 bytes;
};
_Static_assert(sizeof(struct uobjnew_totals) == 16, "layout is shared with Swift");

#endif
