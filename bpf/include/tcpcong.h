/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_TCPCONG_H
#define BPF_TCPCONG_H

#include "endpoints.h"
#include "network.h"
#include "wire.h"

/* Open, disorder, CWR, recovery and loss (enum tcp_ca_state). */
#define TCPCONG_STATES 5
#define TCPCONG_SLOTS  8 /* a power of two, so that the verifier knows the bounds */

struct tcpcong_config {
	struct trace_config trace;
	struct network_filter network;
	__u16 local_ports[2]; /* the least and the greatest; 0 and 65535: any */
	__u16 remote_ports[2];
	__u64 divisor; /* of nanoseconds, of what is in the histograms */
	__u32 distribution; /* keep histograms instead of the times of each connection */
	__u32 padding;
};
_Static_assert(sizeof(struct tcpcong_config) == 128, "layout is shared with Swift");

/* A connection and its states, from the first that is known to begin. */
struct tcpcong_times {
	__u64 begun_ns; /* the first of them */
	__u64 since_ns; /* the last of them */
	__u64 nanoseconds[TCPCONG_SLOTS]; /* of those before, by state */
	__u64 changes;
	struct endpoints endpoints;
	__u32 netns;
	__u32 state; /* the last of them; TCPCONG_STATES: the connection ended */
	__u32 sequence; /* odd while a program writes */
	__u32 padding;
};
_Static_assert(sizeof(struct tcpcong_times) == 144, "layout is shared with Swift");

/* A socket, which another connection may get once it has ended. */
struct tcpcong_connection {
	__u64 socket;
	__u64 begun_ns;
};
_Static_assert(sizeof(struct tcpcong_connection) == 16, "layout is shared with Swift");

#endif
