/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef RENAMES_H
#define RENAMES_H

#include "wire.h"

struct renames_config {
	struct trace_config trace;
};
_Static_assert(sizeof(struct renames_config) == 96, "layout is shared with Swift");

struct renames_event {
	struct event_header header; /* the task under its old name */
	char name[COMM_SIZE]; /* the new one */
};
_Static_assert(sizeof(struct renames_event) == 72, "layout is shared with Swift");

#endif
