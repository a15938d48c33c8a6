// SPDX-License-Identifier: GPL-2.0
/* TCP connections that are accepted, and how long each had waited for that. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tcpaccept.h"

#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/state_hooks.bpf.h"
#include "lib/tcp_accept.bpf.h"

const volatile struct tcpaccept_config config;

/* When the handshake of each connection ended that waits to be accepted. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct sock *);
	__type(value, __u64);
} waiting SEC(".maps");

static __noinline int accepted(struct sock *sock, bool is_certain)
{
	__u64 *since = bpf_map_lookup_elem(&waiting, &sock);
	struct tcpaccept_event event = {};
	__u64 start = 0;

	if (!since && !is_certain)
		return 0;
	if (since) {
		start = *since;
		bpf_map_delete_elem(&waiting, &sock);
	}
	if (!current_passes(&config.trace.filter) ||
	    !read_endpoints(sock, &event.endpoints, false) ||
	    !network_passes(&config.network, sock, &event.endpoints, false) ||
	    !port_passes(&config.ports, event.endpoints.source_port))
		return 0;
	fill_header(&config.trace, &event.header);
	event.waited_ns = start ? event.header.time_ns - start : 0;
	event.netns = socket_netns(sock, false);
	LEDGER_ADD(seen);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

static __always_inline int state_changes(struct sock *sock, int from, int to, const bool typed)
{
	__u64 now;

	if (to == TCP_CLOSE) {
		bpf_map_delete_elem(&waiting, &sock);
	} else if (from == TCP_SYN_RECV && to == TCP_ESTABLISHED &&
		   FIELD(sock, sk_protocol) == IPPROTO_TCP) {
		now = bpf_ktime_get_ns();
		if (bpf_map_update_elem(&waiting, &sock, &now, BPF_ANY))
			LEDGER_ADD(map_full);
	}
	return 0;
}

STATE_HOOKS(state_changes)

char LICENSE[] SEC("license") = "GPL";
