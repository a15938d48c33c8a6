/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_TCPPKTLAT_H
#define BPF_TCPPKTLAT_H

#include "wire.h"
#include "endpoints.h"
#include "network.h"

struct tcppktlat_config {
	struct trace_config trace;
	struct network_filter network;
	struct port_list local_ports;
	struct port_list remote_ports;
};
_Static_assert(sizeof(struct tcppktlat_config) == 368, "layout is shared with Swift");

struct tcppktlat_event {
	struct event_header header; /* of the task that reads */
	struct endpoints endpoints; /* the source is this machine's end */
	__u64 latency_ns; /* since the last segment came */
	__u64 longest_ns; /* since the first one that was not read yet came */
	__u32 segments; /* from that one to the last */
	__u32 netns;
};
_Static_assert(sizeof(struct tcppktlat_event) == 120, "layout is shared with Swift");

#endif
