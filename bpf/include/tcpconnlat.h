/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_TCPCONNLAT_H
#define BPF_TCPCONNLAT_H

#include "wire.h"
#include "endpoints.h"
#include "network.h"

struct tcpconnlat_config {
	struct trace_config trace;
	struct network_filter network;
	__u64 min_ns; /* shorter ones are not reported */
};
_Static_assert(sizeof(struct tcpconnlat_config) == 112, "layout is shared with Swift");

struct tcpconnlat_event {
	struct event_header header; /* of the task that connected, with the time of the end */
	struct endpoints endpoints;
	__u64 latency_ns;
	__u32 netns;
	__u32 padding;
};
_Static_assert(sizeof(struct tcpconnlat_event) == 112, "layout is shared with Swift");

#endif
