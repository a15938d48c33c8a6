// SPDX-License-Identifier: GPL-2.0
/* TCP sessions, told when their socket closes: whose, how long, and how many bytes. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tcplife.h"

#include "lib/tcp_session.bpf.h"

const volatile struct tcplife_config config;

static __always_inline bool is_wanted(struct sock *sock, const struct endpoints *ends)
{
	return network_passes(&config.network, sock, ends) &&
	       port_passes(&config.local_ports, ends->source_port) &&
	       port_passes(&config.remote_ports, ends->destination_port);
}

static __noinline int report_session(struct sock *sock, int last_state)
{
	struct tcp_session *session = bpf_map_lookup_elem(&sessions, &sock);
	struct tcplife_event event = {};

	if (!session || !session->start_ns)
		return 0;
	if (!read_endpoints(sock, &event.endpoints) || !is_wanted(sock, &event.endpoints) ||
	    !describe_owner(&config.trace, sock, &event.header))
		return 0;
	event.duration_ns = event.header.time_ns - session->start_ns;
	event.is_incoming = session->is_incoming;
	event.sent_bytes = bytes_sent(sock, last_state, session->is_incoming);
	event.received_bytes = bytes_received(sock);
	event.netns = socket_netns(sock);
	LEDGER_ADD(seen);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

static __noinline int state_changes(struct sock *sock, int from, int to)
{
	if (BPF_CORE_READ(sock, sk_protocol) != IPPROTO_TCP)
		return 0;
	follow_session(&config.trace, sock, from, to);
	if (to != TCP_CLOSE)
		return 0;
	report_session(sock, from);
	bpf_map_delete_elem(&sessions, &sock);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(tp_btf_set_state, struct sock *sock, int from, int to)
{
	return state_changes(sock, from, to);
}

SEC("raw_tp/inet_sock_set_state")
int BPF_PROG(raw_tp_set_state, struct sock *sock, int from, int to)
{
	return state_changes(sock, from, to);
}

TCP_ACCEPT_HOOKS(&config.trace)

char LICENSE[] SEC("license") = "GPL";
