/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_TCPTRACER_H
#define BPF_TCPTRACER_H

#include "wire.h"
#include "endpoints.h"
#include "network.h"

#define TCPTRACER_CONNECT 1
#define TCPTRACER_ACCEPT  2
#define TCPTRACER_CLOSE	  3

struct tcptracer_config {
	struct trace_config trace;
	struct network_filter network;
};
_Static_assert(sizeof(struct tcptracer_config) == 104, "layout is shared with Swift");

struct tcptracer_event {
	struct event_header header; /* of the session's owner, with the time of the event */
	struct endpoints endpoints; /* the source is this machine's end */
	__u32 kind;
	__u32 netns;
};
_Static_assert(sizeof(struct tcptracer_event) == 104, "layout is shared with Swift");

#endif
