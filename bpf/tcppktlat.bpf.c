// SPDX-License-Identifier: GPL-2.0
/* How long TCP segments wait, after they came, until a process reads them. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tcppktlat.h"

#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/kernel_read.bpf.h"
#include "lib/sock.bpf.h"

#define TCP_FLAG_FIN 1

const volatile struct tcppktlat_config config;

/* The segments with data of a socket that came since a process has read from it. */
struct arrivals {
	__u64 first_ns;
	__u64 last_ns;
	__u32 segments;
	__u32 padding;
};

/* An entry is used again until its socket goes. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct sock *);
	__type(value, struct arrivals);
} unread SEC(".maps");

/*
 * Whether a segment has data that the socket did not have: the other end sends one again
 * while its acknowledgment is delayed.
 */
static __always_inline bool has_new_data(struct sock *sock, struct sk_buff *packet,
					 const bool typed)
{
	struct tcp_skb_cb *control = (struct tcp_skb_cb *)packet->cb;
	__u32 start, end, flags = 0;

	if (typed) {
		const char *bytes = packet->cb;

		start = *(__u32 *)(bytes + bpf_core_field_offset(control->seq));
		end = *(__u32 *)(bytes + bpf_core_field_offset(control->end_seq));
		flags = *(__u8 *)(bytes + bpf_core_field_offset(control->tcp_flags));
	} else {
		start = KERNEL_READ(control, seq);
		end = KERNEL_READ(control, end_seq);
		bpf_probe_read_kernel(&flags, 1, &control->tcp_flags);
	}
	end -= flags & TCP_FLAG_FIN;
	return end != start && (__s32)(end - KERNEL_READ((struct tcp_sock *)sock, rcv_nxt)) > 0;
}

static __noinline int keep_arrival(struct sock *sock)
{
	struct arrivals *known = bpf_map_lookup_elem(&unread, &sock);
	__u64 now = bpf_ktime_get_ns();
	struct arrivals first = { .first_ns = now, .last_ns = now, .segments = 1 };

	if (!known) {
		if (bpf_map_update_elem(&unread, &sock, &first, BPF_ANY))
			LEDGER_ADD(map_full);
		return 0;
	}
	/* Whoever receives from a socket or reads it has it locked. */
	if (!known->segments)
		known->first_ns = now;
	known->last_ns = now;
	known->segments++;
	return 0;
}

static __always_inline int segment_comes(struct sock *sock, struct sk_buff *packet,
					 const bool typed)
{
	if (!has_new_data(sock, packet, typed))
		return 0;
	if (!port_passes(&config.local_ports, FIELD(sock, __sk_common.skc_num)) ||
	    !port_passes(&config.remote_ports, bpf_ntohs(FIELD(sock, __sk_common.skc_dport))))
		return 0;
	return keep_arrival(sock);
}

static __always_inline int process_reads(struct sock *sock, const bool typed)
{
	struct sock *key = sock; /* see sock.bpf.h */
	struct arrivals *known = bpf_map_lookup_elem(&unread, &key);
	struct tcppktlat_event event = {};
	__u64 first, last;

	if (!known || !known->segments)
		return 0;
	first = known->first_ns;
	last = known->last_ns;
	event.segments = known->segments;
	known->segments = 0;
	if (!read_endpoints(sock, &event.endpoints, typed) ||
	    !network_passes(&config.network, sock, &event.endpoints, typed))
		return 0;
	/* The kernel can read in an interrupt, which has nothing to do with what runs. */
	if (FIELD(sock, sk_lock.owned)) {
		if (!current_passes(&config.trace.filter))
			return 0;
		fill_header(&config.trace, &event.header);
	} else if (config.trace.filter.enabled) {
		return 0;
	}
	event.header.time_ns = bpf_ktime_get_ns();
	event.latency_ns = event.header.time_ns - last;
	event.longest_ns = event.header.time_ns - first;
	event.netns = socket_netns(sock, typed);
	LEDGER_ADD(seen);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

#define LATENCY_HOOKS(KIND, TYPED)                                                              \
	SEC(#KIND "/tcp_probe")                                                                 \
	int KIND##_tcp_probe(__u64 *args)                                                       \
	{                                                                                       \
		return segment_comes((struct sock *)args[0], (struct sk_buff *)args[1], TYPED); \
	}                                                                                       \
                                                                                                \
	SEC(#KIND "/tcp_rcv_space_adjust")                                                      \
	int KIND##_tcp_rcv_space_adjust(__u64 *args)                                            \
	{                                                                                       \
		return process_reads((struct sock *)args[0], TYPED);                            \
	}                                                                                       \
                                                                                                \
	SEC(#KIND "/tcp_destroy_sock")                                                          \
	int KIND##_tcp_destroy_sock(__u64 *args)                                                \
	{                                                                                       \
		struct sock *sock = (struct sock *)args[0];                                     \
                                                                                                \
		bpf_map_delete_elem(&unread, &sock);                                            \
		return 0;                                                                       \
	}

LATENCY_HOOKS(tp_btf, true)
LATENCY_HOOKS(raw_tp, false)

char LICENSE[] SEC("license") = "GPL";
