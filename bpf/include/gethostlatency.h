/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_GETHOSTLATENCY_H
#define BPF_GETHOSTLATENCY_H

#include "wire.h"

/* A name of the DNS has at most 253 characters. */
#define HOST_SIZE	      256

/* Which function it was. */
#define LOOKUP_getaddrinfo    0
#define LOOKUP_gethostbyname  1
#define LOOKUP_gethostbyname2 2

struct gethostlatency_config {
	struct trace_config trace;
};
_Static_assert(sizeof(struct gethostlatency_config) == 96, "layout is shared with Swift");

/* Its time is that of the return. */
struct gethostlatency_event {
	struct event_header header;
	__u64 duration_ns;
	__u32 function; /* LOOKUP_ above */
	__u16 failed;
	__u16 has_host; /* getaddrinfo can do without one */
	char host[HOST_SIZE];
};
_Static_assert(sizeof(struct gethostlatency_event) == 328, "layout is shared with Swift");

#endif
