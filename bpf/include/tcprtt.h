/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_TCPRTT_H
#define BPF_TCPRTT_H

#include "endpoints.h"
#include "network.h"
#include "wire.h"

/* What histograms are kept for. */
#define TCPRTT_ALL	      0
#define TCPRTT_LOCAL_ADDRESS  1
#define TCPRTT_REMOTE_ADDRESS 2

struct tcprtt_config {
	struct trace_config trace;
	struct network_filter network;
	struct port_list local_ports;
	struct port_list remote_ports;
	struct subnet local;
	struct subnet remote;
	__u32 by;
	__u32 reads_ends; /* a filter or the key needs the ends of the socket */
	__u64 divisor; /* of microseconds */
};
_Static_assert(sizeof(struct tcprtt_config) == 464, "layout is shared with Swift");

struct tcprtt_key {
	__u8 address[16]; /* as in struct endpoints */
	__u16 version;
	__u16 padding[3];
};
_Static_assert(sizeof(struct tcprtt_key) == 24, "layout is shared with Swift");

#endif
