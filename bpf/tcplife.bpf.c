// SPDX-License-Identifier: GPL-2.0
/* TCP sessions, reported when their socket closes: process, duration and bytes. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tcplife.h"

#include "lib/tcp_session.bpf.h"

const volatile struct tcplife_config config;

static __always_inline bool is_wanted(struct sock *sock, const struct endpoints *ends,
				      const bool typed)
{
	return network_passes(&config.network, sock, ends, typed) &&
	       port_passes(&config.local_ports, ends->source_port) &&
	       port_passes(&config.remote_ports, ends->destination_port);
}

static __always_inline int report_session(struct sock *sock, int last_state, const bool typed)
{
	struct sock *key = sock; /* see sock.bpf.h */
	struct tcp_session *session = bpf_map_lookup_elem(&sessions, &key);
	struct tcplife_event event = {};

	if (!session || !session->start_ns)
		return 0;
	if (!read_endpoints(sock, &event.endpoints, typed) ||
	    !is_wanted(sock, &event.endpoints, typed) ||
	    !describe_session_owner(&config.trace, sock, session, &event.header, true))
		return 0;
	event.duration_ns = event.header.time_ns - session->start_ns;
	event.is_incoming = session->is_incoming;
	event.sent_bytes = bytes_sent(sock, last_state, session->is_incoming);
	event.received_bytes = bytes_received(sock);
	event.netns = socket_netns(sock, typed);
	LEDGER_ADD(seen);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

static __always_inline int state_changes(struct sock *sock, int from, int to, const bool typed)
{
	if (FIELD(sock, sk_protocol) != IPPROTO_TCP)
		return 0;
	follow_session(&config.trace, sock, from, to, typed);
	if (to != TCP_CLOSE)
		return 0;
	report_session(sock, from, typed);
	bpf_map_delete_elem(&sessions, &sock);
	return 0;
}

STATE_HOOKS(state_changes)
TCP_ACCEPT_HOOKS(&config.trace)

char LICENSE[] SEC("license") = "GPL";
