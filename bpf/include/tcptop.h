/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_TCPTOP_H
#define BPF_TCPTOP_H

#include "wire.h"
#include "endpoints.h"
#include "network.h"

struct tcptop_config {
	struct trace_config trace;
	struct network_filter network;
};
_Static_assert(sizeof(struct tcptop_config) == 104, "layout is shared with Swift");

struct tcptop_key {
	struct endpoints endpoints;
	char comm[COMM_SIZE];
	__u32 pid;
	__u32 netns;
};
_Static_assert(sizeof(struct tcptop_key) == 64, "layout is shared with Swift");

#endif
