// SPDX-License-Identifier: GPL-2.0
/*
 * How long TCP connections are in each state of congestion control. A connection is known from
 * the first change of its state on. It changes in an interrupt mostly, so the process is that
 * of the session, where it is known.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "tcpcong.h"

#define HISTOGRAM_KEY __u32

#include "lib/histogram.bpf.h"
#include "lib/tcp_session.bpf.h"

const volatile struct tcpcong_config config;

/* The reader looks at these; who holds a socket's lock writes its entry. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct sock *);
	__type(value, struct tcpcong_times);
} connections SEC(".maps");

/* The reader takes these out. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct tcpcong_connection);
	__type(value, struct tcpcong_times);
} ended SEC(".maps");

static __always_inline bool lies_in(__u16 port, const volatile __u16 *bounds)
{
	return port >= bounds[0] && port <= bounds[1];
}

static __noinline bool describe(struct sock *sock, struct tcpcong_times *times)
{
	struct event_header owner = {};

	if (!read_endpoints(sock, &times->endpoints, false) ||
	    !network_passes(&config.network, sock, &times->endpoints, false) ||
	    !lies_in(times->endpoints.source_port, config.local_ports) ||
	    !lies_in(times->endpoints.destination_port, config.remote_ports))
		return false;
	times->netns = socket_netns(sock, false);
	return !config.trace.filter.enabled || describe_owner(&config.trace, sock, &owner, false);
}

static __noinline int begin(struct sock *sock, __u32 state, __u32 changes)
{
	struct tcpcong_times times = {
		.begun_ns = bpf_ktime_get_ns(),
		.changes = changes,
		.state = state,
	};

	times.since_ns = times.begun_ns;
	if (!describe(sock, &times))
		return 0;
	if (bpf_map_update_elem(&connections, &sock, &times, BPF_NOEXIST)) {
		LEDGER_ADD(seen);
		LEDGER_ADD(map_full);
	} else if (changes && !config.distribution) {
		LEDGER_ADD(seen);
	}
	return 0;
}

/* The time of the state that ends now, which is another than the next one. */
static __always_inline void change(struct tcpcong_times *times, __u32 state)
{
	__u64 now = bpf_ktime_get_ns(), length = now - times->since_ns;
	__u32 before = times->state;

	if (before >= TCPCONG_STATES)
		return;
	if (config.distribution)
		histogram_add_keyed(&before, length / config.divisor);
	else if (state < TCPCONG_STATES)
		LEDGER_ADD(seen);
	times->sequence++;
	barrier();
	times->nanoseconds[before % TCPCONG_SLOTS] += length;
	times->since_ns = now;
	times->state = state;
	if (state < TCPCONG_STATES)
		times->changes++;
	barrier();
	times->sequence++;
}

static __always_inline __u32 state_now(struct sock *sock)
{
	struct inet_connection_sock *connection = (struct inet_connection_sock *)sock;

	return BPF_CORE_READ_BITFIELD_PROBED(connection, icsk_ca_state);
}

/* Called before the socket has its next state. */
#define CONGESTION_HOOK(KIND)                                            \
	SEC(#KIND "/tcp_cong_state_set")                                 \
	int BPF_PROG(KIND##_cong_state, struct sock *sock, __u8 state)   \
	{                                                                \
		struct tcpcong_times *times;                             \
                                                                         \
		if (state >= TCPCONG_STATES || state_now(sock) == state) \
			return 0;                                        \
		times = bpf_map_lookup_elem(&connections, &sock);        \
		if (times)                                               \
			change(times, state);                            \
		else                                                     \
			begin(sock, state, 1);                           \
		return 0;                                                \
	}

CONGESTION_HOOK(tp_btf)
CONGESTION_HOOK(raw_tp)

/*
 * Before 5.19, which brought the tracepoint (15fcdf6ae116 "tcp: Add tracepoint for
 * tcp_set_ca_state"): at the beginning and at the end of what changes the state. A socket
 * that is met for the first time may be in its state for long.
 */
static __always_inline int meet(struct sock *sock)
{
	struct tcpcong_times *times = bpf_map_lookup_elem(&connections, &sock);
	__u32 state = state_now(sock);

	if (state >= TCPCONG_STATES)
		return 0;
	if (!times)
		begin(sock, state, 0);
	else if (times->state != state)
		change(times, state);
	return 0;
}

#define FUNCTION_HOOKS(FUNCTION)                          \
	SEC("fentry/" #FUNCTION)                          \
	int BPF_PROG(FUNCTION##_entry, struct sock *sock) \
	{                                                 \
		return meet(sock);                        \
	}                                                 \
                                                          \
	SEC("fexit/" #FUNCTION)                           \
	int BPF_PROG(FUNCTION##_exit, struct sock *sock)  \
	{                                                 \
		return meet(sock);                        \
	}

FUNCTION_HOOKS(tcp_fastretrans_alert)
FUNCTION_HOOKS(tcp_enter_cwr)
FUNCTION_HOOKS(tcp_enter_loss)
FUNCTION_HOOKS(tcp_enter_recovery)
FUNCTION_HOOKS(tcp_process_tlp_ack)

static __noinline int end(struct sock *sock)
{
	struct tcpcong_times *times = bpf_map_lookup_elem(&connections, &sock);
	struct tcpcong_connection connection = { .socket = (__u64)sock };

	if (!times)
		return 0;
	if (!config.distribution) {
		connection.begun_ns = times->begun_ns;
		change(times, TCPCONG_STATES);
		if (times->changes && bpf_map_update_elem(&ended, &connection, times, BPF_ANY))
			LEDGER_ADD(map_full);
	}
	bpf_map_delete_elem(&connections, &sock);
	return 0;
}

#define SESSION_HOOK(KIND)                                                           \
	SEC(#KIND "/inet_sock_set_state")                                            \
	int BPF_PROG(KIND##_set_state, struct sock *sock, int from, int to)          \
	{                                                                            \
		if (to == TCP_CLOSE)                                                 \
			end(sock);                                                   \
		return config.trace.filter.enabled                                   \
			       ? follow_to_end(&config.trace, sock, from, to, false) \
			       : 0;                                                  \
	}

SESSION_HOOK(tp_btf)
SESSION_HOOK(raw_tp)

TCP_ACCEPT_HOOKS(&config.trace)

char LICENSE[] SEC("license") = "GPL";
