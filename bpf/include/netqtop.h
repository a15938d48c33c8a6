/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_NETQTOP_H
#define BPF_NETQTOP_H

#include "network.h"
#include "wire.h"

#define NETQTOP_TRANSMIT 0
#define NETQTOP_RECEIVE	 1

/* The sizes of packets, by the least of each: 0, 64, 512, 2K, 16K and 64K. */
#define NETQTOP_SIZES	 6

struct netqtop_config {
	struct trace_config trace;
	struct device_filter device;
};
_Static_assert(sizeof(struct netqtop_config) == 120, "layout is shared with Swift");

struct netqtop_key {
	__u16 direction;
	__u16 cpu; /* so that no other one adds to the same totals */
	__u32 queue;
};
_Static_assert(sizeof(struct netqtop_key) == 8, "layout is shared with Swift");

struct netqtop_totals {
	__u64 packets;
	__u64 segments; /* of them on the wire, where the device splits or joins them */
	__u64 bytes;
	__u64 sizes[NETQTOP_SIZES]; /* packets of each size */
};
_Static_assert(sizeof(struct netqtop_totals) == 72, "layout is shared with Swift");

#endif
