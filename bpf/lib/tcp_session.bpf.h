/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP sessions by their sockets: when each was established and whose it is.
 *
 * An accepted socket changes its state in whatever runs when the packet comes, so
 * the running task is taken for the owner only where that is sure: in the system
 * call that returns the socket, and in a change of state while the socket is locked
 * by its user (sk_lock.owned). An interrupt finds it unlocked or leaves it alone.
 * A session that nobody accepted, or that ended before, has no owner.
 */
#ifndef LIB_TCP_SESSION_BPF_H
#define LIB_TCP_SESSION_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "accept_exits.bpf.h"
#include "events.bpf.h"
#include "filter.bpf.h"
#include "kernel_read.bpf.h"
#include "ledger.bpf.h"
#include "sock.bpf.h"
#include "state_hooks.bpf.h"

struct tcp_session {
	struct event_header owner; /* as it was then; zero where none is known */
	__u64 start_ns; /* established or, before that, begun by connect(); 0: neither */
	__u32 is_owned;
	__u32 is_incoming;
};

/* An entry goes when its socket closes. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct sock *);
	__type(value, struct tcp_session);
} sessions SEC(".maps");

static __always_inline void keep_session(struct sock *sock, struct tcp_session *session)
{
	if (bpf_map_update_elem(&sessions, &sock, session, BPF_ANY))
		LEDGER_ADD(map_full);
}

/* The running task uses the socket. Where it is not traced, nor is the session. */
static __noinline void own_session(const volatile struct trace_config *trace, struct sock *sock)
{
	struct tcp_session *known = bpf_map_lookup_elem(&sessions, &sock);
	struct tcp_session session;

	if (!known || known->is_owned)
		return;
	if (!current_passes(&trace->filter)) {
		bpf_map_delete_elem(&sessions, &sock);
		return;
	}
	/* Not written in place, since the session may end meanwhile. */
	session = *known;
	fill_header(trace, &session.owner);
	session.is_owned = 1;
	bpf_map_update_elem(&sessions, &sock, &session, BPF_EXIST);
}

static __always_inline void begin_session(const volatile struct trace_config *trace,
					  struct sock *sock, bool is_incoming)
{
	struct tcp_session session = { .is_incoming = is_incoming };

	if (!is_incoming) {
		if (!current_passes(&trace->filter))
			return;
		fill_header(trace, &session.owner);
		session.is_owned = 1;
		session.start_ns = session.owner.time_ns;
	}
	keep_session(sock, &session);
}

/* Follows a change of state. The caller ends the session when it is closed. */
static __always_inline void follow_session(const volatile struct trace_config *trace,
					   struct sock *sock, int from, int to, const bool typed)
{
	struct sock *key = sock; /* see sock.bpf.h */
	struct tcp_session *session;
	bool is_locked;

	if (to == TCP_SYN_SENT || to == TCP_SYN_RECV) {
		if (from != TCP_SYN_SENT)
			begin_session(trace, sock, to == TCP_SYN_RECV);
		return;
	}
	is_locked = FIELD(sock, sk_lock.owned);
	/* Nothing to learn from most changes; a lookup costs more than all before it. */
	if (to != TCP_ESTABLISHED && !is_locked)
		return;
	session = bpf_map_lookup_elem(&sessions, &key);
	if (!session)
		return;
	if (to == TCP_ESTABLISHED)
		session->start_ns = bpf_ktime_get_ns();
	if (!session->is_owned && is_locked)
		own_session(trace, sock);
}

/*
 * Describes the owner of a socket now: that of its session, or the running task where it
 * has the socket locked and that is asked, which it must not be in a hook that interrupts
 * others; nobody where none is known. False where the owner is not traced; nobody passes
 * no filter of tasks.
 */
static __always_inline bool describe_session_owner(const volatile struct trace_config *trace,
						   struct sock *sock, struct tcp_session *session,
						   struct event_header *header, bool by_lock)
{
	if (session && session->is_owned) {
		*header = session->owner;
	} else if (by_lock && KERNEL_READ(sock, sk_lock.owned)) {
		if (!current_passes(&trace->filter))
			return false;
		fill_header(trace, header);
	} else if (trace->filter.enabled) {
		return false;
	}
	header->time_ns = bpf_ktime_get_ns();
	header->cpu = bpf_get_smp_processor_id();
	return true;
}

/* The same where its session was not looked up yet. */
static __always_inline bool describe_owner(const volatile struct trace_config *trace,
					   struct sock *sock, struct event_header *header,
					   bool by_lock)
{
	struct tcp_session *session = bpf_map_lookup_elem(&sessions, &sock);

	return describe_session_owner(trace, sock, session, header, by_lock);
}

/* What accept() returned: a socket, or not one of TCP, or an error. */
static __always_inline void accept_session(const volatile struct trace_config *trace, long result)
{
	if (result >= 0)
		own_session(trace, sock_of_descriptor(result));
}

/* The payload that the other end has acknowledged, without the places of SYN and FIN. */
static __always_inline __u64 bytes_sent(struct sock *sock, int last_state, bool is_incoming)
{
	struct tcp_sock *tcp = (struct tcp_sock *)sock;
	__u64 bytes = KERNEL_READ(tcp, bytes_acked);
	bool sent_fin = last_state == TCP_FIN_WAIT1 || last_state == TCP_FIN_WAIT2 ||
			last_state == TCP_LAST_ACK || last_state == TCP_CLOSING;

	/* The socket of an incoming session begins after its SYN. */
	if (bytes && !is_incoming)
		bytes--;
	if (bytes && sent_fin && KERNEL_READ(tcp, snd_una) == KERNEL_READ(tcp, write_seq))
		bytes--;
	return bytes;
}

/* The payload that came in order. The place of a FIN is counted with it. */
static __always_inline __u64 bytes_received(struct sock *sock)
{
	const unsigned long sock_done = 1 << 1; /* net/sock.h: SOCK_DONE, set by a FIN */
	__u64 bytes = KERNEL_READ((struct tcp_sock *)sock, bytes_received);
	bool got_fin = KERNEL_READ(sock, __sk_common.skc_flags) & sock_done;

	return bytes && got_fin ? bytes - 1 : bytes;
}

/* Follows a session from its beginning to its end. */
static __always_inline int follow_to_end(const volatile struct trace_config *trace,
					 struct sock *sock, int from, int to, const bool typed)
{
	if (FIELD(sock, sk_protocol) != IPPROTO_TCP)
		return 0;
	follow_session(trace, sock, from, to, typed);
	if (to == TCP_CLOSE)
		bpf_map_delete_elem(&sessions, &sock);
	return 0;
}

/* The programs that see a session change, where its end needs nothing more. */
#define TCP_STATE_HOOKS(TRACE)                                                          \
	static __always_inline int session_changes(struct sock *sock, int from, int to, \
						   const bool typed)                    \
	{                                                                               \
		return follow_to_end(TRACE, sock, from, to, typed);                     \
	}                                                                               \
	STATE_HOOKS(session_changes)

/* The programs that see a socket accepted, which every tool with sessions has. */
#define TCP_ACCEPT_HOOKS(TRACE)                                 \
	static __always_inline void accept_returns(long result) \
	{                                                       \
		accept_session(TRACE, result);                  \
	}                                                       \
	ACCEPT_EXIT_HOOKS(accept_returns)

#endif
