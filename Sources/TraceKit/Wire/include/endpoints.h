/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The two ends of a connection. */
#ifndef WIRE_ENDPOINTS_H
#define WIRE_ENDPOINTS_H

#include "wire.h"

struct endpoints {
	__u8 source[16]; /* in network order; IPv4 in the first four bytes */
	__u8 destination[16];
	__u16 source_port; /* in host order; 0: not known yet */
	__u16 destination_port;
	__u16 version; /* 4 or 6; IPv4 in IPv6 clothes is 4 */
	__u16 padding;
};
_Static_assert(sizeof(struct endpoints) == 40, "layout is shared with Swift");

#endif
