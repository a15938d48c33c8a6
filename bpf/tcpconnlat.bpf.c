// SPDX-License-Identifier: GPL-2.0
/*
 * How long the handshake of an outgoing TCP connection takes: from the change to SYN_SENT, in
 * the task that connects, to that to ESTABLISHED, in whatever runs then.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tcpconnlat.h"

#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/sock.bpf.h"
#include "lib/state_hooks.bpf.h"

const volatile struct tcpconnlat_config config;

/* Who connects, and since when. An entry goes at the next change, which a socket's end is too. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct sock *);
	__type(value, struct event_header);
} connects SEC(".maps");

static __noinline int connect_begins(struct sock *sock)
{
	struct event_header header = {};

	if (!current_passes(&config.trace.filter))
		return 0;
	fill_header(&config.trace, &header);
	if (bpf_map_update_elem(&connects, &sock, &header, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

static __always_inline int connect_ends(struct sock *sock, int state, const bool typed)
{
	struct sock *key = sock; /* see sock.bpf.h */
	struct event_header *begin = bpf_map_lookup_elem(&connects, &key);
	struct tcpconnlat_event event = {};
	__u64 now;

	if (!begin)
		return 0;
	event.header = *begin;
	bpf_map_delete_elem(&connects, &key);
	now = bpf_ktime_get_ns();
	event.latency_ns = now - event.header.time_ns;
	event.header.time_ns = now;
	if (state != TCP_ESTABLISHED || event.latency_ns < config.min_ns)
		return 0;
	if (!read_endpoints(sock, &event.endpoints, typed) ||
	    !network_passes(&config.network, sock, &event.endpoints, typed))
		return 0;
	event.netns = socket_netns(sock, typed);
	LEDGER_ADD(seen);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

static __always_inline int state_changes(struct sock *sock, int from, int to, const bool typed)
{
	bool begins = to == TCP_SYN_SENT;

	if (!begins) {
		/* Where both ends connect at once, a socket goes on through SYN_RECV. */
		if (to == TCP_SYN_RECV || (from != TCP_SYN_SENT && from != TCP_SYN_RECV))
			return 0;
	}
	if (FIELD(sock, sk_protocol) != IPPROTO_TCP)
		return 0;
	return begins ? connect_begins(sock) : connect_ends(sock, to, typed);
}

STATE_HOOKS(state_changes)

char LICENSE[] SEC("license") = "GPL";
