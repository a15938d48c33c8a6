/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_TCPSUBNET_H
#define BPF_TCPSUBNET_H

#include "network.h"
#include "wire.h"

#define TCPSUBNET_LIST_SIZE 64

struct tcpsubnet_config {
	struct trace_config trace;
	struct network_filter network;
	__u32 count; /* of the subnets */
	__u32 padding;
	struct subnet subnets[TCPSUBNET_LIST_SIZE];
};
_Static_assert(sizeof(struct tcpsubnet_config) == 2672, "layout is shared with Swift");

#endif
