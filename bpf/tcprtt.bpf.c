// SPDX-License-Identifier: GPL-2.0
/*
 * The smoothed round trip time of TCP connections, as it is when a segment comes. That is
 * mostly in an interrupt, so the process is that of the session, where it is known.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tcprtt.h"
#include "lib/kernel_read.bpf.h"

#define HISTOGRAM_KEY struct tcprtt_key

#include "lib/histogram.bpf.h"
#include "lib/tcp_session.bpf.h"

const volatile struct tcprtt_config config;

static __always_inline bool ends_pass(struct sock *sock, const struct endpoints *ends,
				      const bool typed)
{
	return network_passes(&config.network, sock, ends, typed) &&
	       port_passes(&config.local_ports, ends->source_port) &&
	       port_passes(&config.remote_ports, ends->destination_port) &&
	       address_passes(&config.local, ends->source, ends->version) &&
	       address_passes(&config.remote, ends->destination, ends->version);
}

static __always_inline bool owner_passes(struct sock *sock)
{
	struct event_header owner = {};

	return !config.trace.filter.enabled || describe_owner(&config.trace, sock, &owner, false);
}

static __always_inline int report(struct sock *sock, const bool typed)
{
	struct endpoints ends __attribute__((aligned(8)));
	struct tcprtt_key key = {};
	__u64 time;

	if (config.reads_ends &&
	    (!read_endpoints(sock, &ends, typed) || !ends_pass(sock, &ends, typed)))
		return 0;
	if (!owner_passes(sock))
		return 0;
	/* In eighths; 0 is no time, but none yet: of a session that has sent nothing. */
	time = KERNEL_READ((struct tcp_sock *)sock, srtt_us) >> 3;
	if (!time)
		return 0;
	time /= config.divisor;
	if (config.by == TCPRTT_ALL) {
		histogram_add(time);
		return 0;
	}
	key.version = ends.version;
	__builtin_memcpy(key.address,
			 config.by == TCPRTT_LOCAL_ADDRESS ? ends.source : ends.destination,
			 sizeof(key.address));
	histogram_add_keyed(&key, time);
	return 0;
}

/* The tracepoint is at the head of tcp_rcv_established(). */
#define PROBE_HOOK(KIND, TYPED)                       \
	SEC(#KIND "/tcp_probe")                       \
	int BPF_PROG(KIND##_probe, struct sock *sock) \
	{                                             \
		return report(sock, TYPED);           \
	}

PROBE_HOOK(tp_btf, true)
PROBE_HOOK(raw_tp, false)

TCP_STATE_HOOKS(&config.trace)
TCP_ACCEPT_HOOKS(&config.trace)

char LICENSE[] SEC("license") = "GPL";
