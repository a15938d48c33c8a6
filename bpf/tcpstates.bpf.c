// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of the state of TCP sockets, and how long each was in the old one. Most happen
 * when a packet comes, so in whatever runs then: the process is the socket's owner.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tcpstates.h"

#include "lib/tcp_session.bpf.h"

const volatile struct tcpstates_config config;

/* When the state of each socket changed last. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct sock *);
	__type(value, __u64);
} changes SEC(".maps");

/* How long the socket was in the state that it leaves now; 0: it was not seen to enter it. */
static __noinline __u64 time_in_state(struct sock *sock, __u64 now, bool closes)
{
	__u64 *last = bpf_map_lookup_elem(&changes, &sock);
	__u64 duration = last ? now - *last : 0;

	/* The changes of a socket come one after the other. */
	if (closes)
		bpf_map_delete_elem(&changes, &sock);
	else if (last)
		*last = now;
	else if (bpf_map_update_elem(&changes, &sock, &now, BPF_ANY))
		LEDGER_ADD(map_full);
	return duration;
}

static __always_inline int state_changes(struct sock *sock, int from, int to, const bool typed)
{
	struct tcpstates_event event = { .old_state = from, .new_state = to };
	struct sock *key = sock; /* see sock.bpf.h */
	bool passes;

	if (FIELD(sock, sk_protocol) != IPPROTO_TCP)
		return 0;
	follow_session(&config.trace, sock, from, to, typed);
	passes = describe_owner(&config.trace, key, &event.header, true);
	if (!passes)
		event.header.time_ns = bpf_ktime_get_ns();
	event.duration_ns = time_in_state(key, event.header.time_ns, to == TCP_CLOSE);
	if (passes && read_endpoints(sock, &event.endpoints, typed) &&
	    network_passes(&config.network, sock, &event.endpoints, typed) &&
	    port_passes(&config.local_ports, event.endpoints.source_port) &&
	    port_passes(&config.remote_ports, event.endpoints.destination_port)) {
		event.socket = (__u64)key;
		event.netns = socket_netns(sock, typed);
		LEDGER_ADD(seen);
		emit(&config.trace, &event, sizeof(event));
	}
	if (to == TCP_CLOSE)
		bpf_map_delete_elem(&sessions, &key);
	return 0;
}

STATE_HOOKS(state_changes)
TCP_ACCEPT_HOOKS(&config.trace)

char LICENSE[] SEC("license") = "GPL";
