/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Queries of databases (bpf/lib/queries.bpf.h). */
#ifndef WIRE_QUERIES_H
#define WIRE_QUERIES_H

#include "wire.h"

struct query_config {
	__u64 least_ns; /* leave out what took less */
	__u32 has_cookies; /* of USDT probes, to find their argument */
	__u32 padding;
};
_Static_assert(sizeof(struct query_config) == 16, "layout is shared with Swift");

#endif
