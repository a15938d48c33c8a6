// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions of TCP: when one is established by connect(), accepted, and begun to be closed from
 * this end. The process is the session's owner, since most of it happens when a packet comes.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tcptracer.h"

#include "lib/kernel_read.bpf.h"
#include "lib/tcp_accept.bpf.h"
#include "lib/tcp_session.bpf.h"

const volatile struct tcptracer_config config;

static __always_inline bool is_wanted(struct sock *sock, struct tcptracer_event *event,
				      const bool typed)
{
	if (!read_endpoints(sock, &event->endpoints, typed) ||
	    !network_passes(&config.network, sock, &event->endpoints, typed))
		return false;
	event->netns = socket_netns(sock, typed);
	return true;
}

static __noinline void report(struct tcptracer_event *event)
{
	LEDGER_ADD(seen);
	emit(&config.trace, event, sizeof(*event));
}

static __noinline int accepted(struct sock *sock, bool is_certain)
{
	struct tcp_session *known = bpf_map_lookup_elem(&sessions, &sock);
	struct tcptracer_event event = { .kind = TCPTRACER_ACCEPT };
	struct tcp_session session = { .is_incoming = true, .is_owned = true };

	if (known ? known->is_owned : !is_certain)
		return 0;
	if (!current_passes(&config.trace.filter)) {
		bpf_map_delete_elem(&sessions, &sock);
		return 0;
	}
	fill_header(&config.trace, &event.header);
	session.owner = event.header;
	keep_session(sock, &session);
	/* It can have ended, before or meanwhile. */
	if (KERNEL_READ(sock, __sk_common.skc_state) == TCP_CLOSE)
		bpf_map_delete_elem(&sessions, &sock);
	if (is_wanted(sock, &event, false))
		report(&event);
	return 0;
}

/* The first change by which this end ends a session, or the other end resets it. */
static __always_inline bool closes(int from, int to)
{
	return (to == TCP_FIN_WAIT1 && (from == TCP_ESTABLISHED || from == TCP_SYN_RECV)) ||
	       (to == TCP_LAST_ACK && from == TCP_CLOSE_WAIT) ||
	       (to == TCP_CLOSE && (from == TCP_ESTABLISHED || from == TCP_CLOSE_WAIT));
}

static __always_inline void session_changes(struct sock *sock, int to, const bool typed)
{
	struct sock *key = sock; /* see sock.bpf.h */
	struct tcp_session *session = bpf_map_lookup_elem(&sessions, &key);
	struct tcptracer_event event = { .kind = TCPTRACER_CLOSE };

	if (to == TCP_ESTABLISHED) {
		if (!session || session->is_incoming)
			return;
		event.kind = TCPTRACER_CONNECT;
	}
	if (session && session->is_owned) {
		event.header = session->owner;
		event.header.time_ns = bpf_ktime_get_ns();
		event.header.cpu = bpf_get_smp_processor_id();
	} else {
		/* One that nobody has accepted was not seen to begin, either. */
		if (session && !FIELD(sock, sk_lock.owned))
			return;
		if (!describe_owner(&config.trace, key, &event.header, true))
			return;
	}
	if (is_wanted(sock, &event, typed))
		report(&event);
}

static __always_inline int state_changes(struct sock *sock, int from, int to, const bool typed)
{
	if (FIELD(sock, sk_protocol) != IPPROTO_TCP)
		return 0;
	if (to == TCP_SYN_SENT || (to == TCP_SYN_RECV && from != TCP_SYN_SENT))
		begin_session(&config.trace, sock, to == TCP_SYN_RECV);
	else if (to == TCP_ESTABLISHED || closes(from, to))
		session_changes(sock, to, typed);
	if (to == TCP_CLOSE)
		bpf_map_delete_elem(&sessions, &sock);
	return 0;
}

STATE_HOOKS(state_changes)

char LICENSE[] SEC("license") = "GPL";
