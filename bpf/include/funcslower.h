/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_FUNCSLOWER_H
#define BPF_FUNCSLOWER_H

#include "calls.h"
#include "stacks.h"

#define FUNCSLOWER_ARGUMENTS 6

struct funcslower_config {
	struct trace_config trace;
	struct calls_config calls;
	struct stack_config stacks;
	__u64 least_ns; /* faster calls are not reported */
	__u32 arguments; /* keep these of each call, whether it has so many or not */
	__u32 padding;
};
_Static_assert(sizeof(struct funcslower_config) == 152, "layout is shared with Swift");

struct funcslower_event {
	struct event_header header; /* of the return */
	__u64 duration_ns;
	__u64 result; /* what the register of results had on return */
	__u64 arguments[FUNCSLOWER_ARGUMENTS];
	__u64 function;
	struct event_stacks stacks;
};

#endif
