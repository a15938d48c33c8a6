// SPDX-License-Identifier: GPL-2.0
/*
 * How many connections wait to be accepted when another one comes, by the limit of the
 * listener.
 *
 * A new socket begins as a copy of the listener (inet_csk_clone_lock()), also of the length
 * of its queue, and enters SYN_RECV before it is more. Its ends are known when it is
 * established, and the process that it goes to when that accepts it, so where these are
 * filtered the length is kept until then.
 */
#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tcpsynbl.h"

#define HISTOGRAM_KEY __u32

#include "lib/accept_exits.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/histogram.bpf.h"
#include "lib/ip_headers.bpf.h"
#include "lib/sock.bpf.h"
#include "lib/state_hooks.bpf.h"

const volatile struct tcpsynbl_config config;

struct backlog {
	__u32 length;
	__u32 limit;
};

/* An entry goes when its socket is accepted or closed. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct sock *);
	__type(value, struct backlog);
} arrivals SEC(".maps");

static __always_inline bool filters_sockets(void)
{
	return config.network.version || config.network.netns;
}

static __always_inline void count_arrival(const struct backlog *backlog)
{
	__u32 limit = backlog->limit;

	histogram_add_keyed(&limit, backlog->length);
}

static __always_inline struct backlog backlog_of(struct sock *sock, const bool typed)
{
	return (struct backlog){
		.length = FIELD(sock, sk_ack_backlog),
		.limit = FIELD(sock, sk_max_ack_backlog),
	};
}

static __always_inline int arrive(struct sock *sock, struct sock *key, const bool typed)
{
	struct backlog backlog = backlog_of(sock, typed);

	if (FIELD(sock, sk_protocol) != IPPROTO_TCP)
		return 0;
	if (!config.trace.filter.enabled && !filters_sockets())
		count_arrival(&backlog);
	else if (bpf_map_update_elem(&arrivals, &key, &backlog, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

static __always_inline int establish(struct sock *sock, struct sock *key, const bool typed)
{
	struct endpoints ends __attribute__((aligned(8)));
	struct backlog *backlog = bpf_map_lookup_elem(&arrivals, &key);
	bool passes = read_endpoints(sock, &ends, typed) &&
		      network_passes(&config.network, sock, &ends, typed);

	if (!backlog || (passes && config.trace.filter.enabled))
		return 0;
	if (passes)
		count_arrival(backlog);
	bpf_map_delete_elem(&arrivals, &key);
	return 0;
}

static __always_inline int change(struct sock *sock, int from, int to, const bool typed)
{
	struct sock *key = sock; /* see sock.bpf.h */

	if (from == TCP_LISTEN && to == TCP_SYN_RECV)
		return arrive(sock, key, typed);
	if (!config.trace.filter.enabled && !filters_sockets())
		return 0;
	if (from == TCP_SYN_RECV && to == TCP_ESTABLISHED)
		return establish(sock, key, typed);
	if (to == TCP_CLOSE)
		bpf_map_delete_elem(&arrivals, &key);
	return 0;
}

STATE_HOOKS(change)

/*
 * A listener is asked for a new socket, which it refuses where its backlog is full. Where only
 * tasks are not filtered, this is the one event of a connection that matters.
 */
static __always_inline int ask(struct sock *listener, __u16 version)
{
	struct backlog backlog = backlog_of(listener, true);

	if (config.network.version && config.network.version != version)
		return 0;
	if (config.network.netns && config.network.netns != socket_netns(listener, true))
		return 0;
	if (backlog.length <= backlog.limit)
		count_arrival(&backlog);
	return 0;
}

SEC("fentry/tcp_v4_syn_recv_sock")
int BPF_PROG(fentry_v4, struct sock *listener)
{
	return ask(listener, 4);
}

/* It passes an IPv4 packet on to the function above. */
SEC("fentry/tcp_v6_syn_recv_sock")
int BPF_PROG(fentry_v6, struct sock *listener, struct sk_buff *packet)
{
	return packet->protocol == bpf_htons(ETH_P_IP) ? 0 : ask(listener, 6);
}

static __noinline int accepted(int descriptor)
{
	struct sock *sock = sock_of_descriptor(descriptor);
	struct backlog *backlog = bpf_map_lookup_elem(&arrivals, &sock);

	if (!backlog)
		return 0;
	if (current_passes(&config.trace.filter))
		count_arrival(backlog);
	bpf_map_delete_elem(&arrivals, &sock);
	return 0;
}

static __always_inline void accept_returns(long result)
{
	if (result >= 0)
		accepted(result);
}

ACCEPT_EXIT_HOOKS(accept_returns)

char LICENSE[] SEC("license") = "GPL";
