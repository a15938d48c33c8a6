/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_WAKEUPTIME_H
#define BPF_WAKEUPTIME_H

#include "absence.h"
#include "stacks.h"

struct wakeuptime_config {
	struct trace_config trace;
	struct stack_config stacks;
	struct absence_config absence;
};
_Static_assert(sizeof(struct wakeuptime_config) == 144, "layout is shared with Swift");

#endif
