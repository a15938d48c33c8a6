/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_TCPSYNBL_H
#define BPF_TCPSYNBL_H

#include "network.h"
#include "wire.h"

struct tcpsynbl_config {
	struct trace_config trace;
	struct network_filter network;
};
_Static_assert(sizeof(struct tcpsynbl_config) == 104, "layout is shared with Swift");

#endif
