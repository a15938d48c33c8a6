/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_UCALLS_H
#define BPF_UCALLS_H

#include "language.h"

/* The room for a name, with its NUL. */
#define UCALLS_NAME_SIZE 80

struct ucalls_config {
	struct trace_config trace;
	struct language_config language;
	__u32 latency;
	__u32 padding;
};
_Static_assert(sizeof(struct ucalls_config) == 112, "layout is shared with Swift");

/* A method, or a system call. */
struct ucalls_key {
	char class[UCALLS_NAME_SIZE]; /* or the file that the method is in; empty: it has none */
	char method[UCALLS_NAME_SIZE];
	__u32 is_syscall;
	__u32 number; /* of the system call */
};
_Static_assert(sizeof(struct ucalls_key) == 168, "layout is shared with Swift");

#endif
