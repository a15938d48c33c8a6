/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_DNSSNOOP_H
#define BPF_DNSSNOOP_H

#include "endpoints.h"
#include "network.h"
#include "wire.h"

/* As much of a message as is taken: what clients ask for most (RFC 6891, DNS Flag Day 2020). */
#define DNS_MESSAGE_SIZE 1232

struct dnssnoop_config {
	struct trace_config trace;
	struct network_filter network;
	struct port_list ports; /* of servers */
	__u32 queries; /* report queries too, when they are sent */
	__u32 served; /* report what servers on this machine answer too */
	__u32 padding;
	__u64 least_ns; /* report responses that took at least so long */
};
_Static_assert(sizeof(struct dnssnoop_config) == 256, "layout is shared with Swift");

enum dns_kind {
	DNS_QUERY,
	DNS_RESPONSE, /* to a query that was seen */
	DNS_LONE_RESPONSE,
};

struct dnssnoop_event {
	struct event_header header; /* of the task that sent the query or the lone response */
	struct endpoints endpoints; /* the source is the client */
	__u64 latency_ns;
	__u32 kind; /* enum dns_kind */
	__u32 netns; /* of the task; 0: it is not known */
	__u16 size; /* of the message */
	__u16 taken; /* bytes of it that follow the event */
	__u8 is_tcp;
	__u8 is_served; /* the server is on this machine */
	__u16 padding;
};
_Static_assert(sizeof(struct dnssnoop_event) == 120, "layout is shared with Swift");

#endif
