/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Which sockets are traced. Zero in a field means that it does not filter. */
#ifndef WIRE_NETWORK_H
#define WIRE_NETWORK_H

#include "wire.h"

#define PORT_LIST_SIZE 64

struct network_filter {
	__u32 version; /* 4 or 6 */
	__u32 netns; /* inode number of the network namespace */
};
_Static_assert(sizeof(struct network_filter) == 8, "layout is shared with Swift");

/* Any of these; with a count of 0 any port. */
struct port_list {
	__u32 count;
	__u16 ports[PORT_LIST_SIZE];
};
_Static_assert(sizeof(struct port_list) == 132, "layout is shared with Swift");

/* What was moved by TCP. */
struct byte_totals {
	__u64 calls;
	__u64 received; /* bytes */
	__u64 sent;
};
_Static_assert(sizeof(struct byte_totals) == 24, "layout is shared with Swift");

#define DEVICE_NAME_SIZE 16

/* A name belongs to one device of a network namespace only. */
struct device_filter {
	char name[DEVICE_NAME_SIZE];
	__u32 netns; /* inode number */
	__u32 is_preemptible; /* what runs for a packet may be interrupted by the same */
};
_Static_assert(sizeof(struct device_filter) == 24, "layout is shared with Swift");

/* Addresses that begin with the same bits; with a version of 0 any address. */
struct subnet {
	__u64 address[2]; /* in network order, as in struct endpoints; 0 outside of the mask */
	__u64 mask[2];
	__u32 version; /* 4 or 6 */
	__u32 padding;
};
_Static_assert(sizeof(struct subnet) == 40, "layout is shared with Swift");

#endif
