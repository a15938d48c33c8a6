// SPDX-License-Identifier: GPL-2.0
/*
 * TCP segments that are sent again, mostly by a timer or when a packet comes, so in
 * whatever runs then: the process is that of the session, where it is known.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tcpretrans.h"
#include "lib/kernel_read.bpf.h"

#define COUNTS_KEY struct tcpretrans_flow

#include "lib/compat_network.bpf.h"
#include "lib/counts.bpf.h"
#include "lib/tcp_session.bpf.h"

const volatile struct tcpretrans_config config;

/* The owner is that of a socket, or nobody. */
static __noinline int report(struct sock *sock, struct sock *owned, struct tcpretrans_event *event)
{
	event->flow.netns = socket_netns(sock, false);
	if (!network_passes(&config.network, sock, &event->flow.endpoints, false) ||
	    !describe_owner(&config.trace, owned, &event->header, true))
		return 0;
	LEDGER_ADD(seen);
	if (config.counts)
		count(&event->flow);
	else
		emit(&config.trace, event, sizeof(*event));
	return 0;
}

static __noinline int report_segment(struct sock *sock, struct sk_buff *packet)
{
	struct tcp_skb_cb *control = (struct tcp_skb_cb *)packet->cb;
	struct tcpretrans_event event = {};

	if (!read_endpoints(sock, &event.flow.endpoints, false))
		return 0;
	event.state = KERNEL_READ(sock, __sk_common.skc_state);
	event.sequence = KERNEL_READ(control, seq);
	event.segments = KERNEL_READ(control, tcp_gso_segs);
	return report(sock, sock, &event);
}

static __noinline int report_probe(struct sock *sock)
{
	struct tcpretrans_event event = { .flow.kind = RETRANSMIT_PROBE };

	if (!read_endpoints(sock, &event.flow.endpoints, false))
		return 0;
	event.state = KERNEL_READ(sock, __sk_common.skc_state);
	return report(sock, sock, &event);
}

/* A request is no socket, but begins as one does, and nobody has it yet. */
static __noinline int report_syn_ack(struct sock *request)
{
	struct tcpretrans_event event = { .flow.kind = RETRANSMIT_SYN_ACK, .segments = 1 };

	if (!read_endpoints(request, &event.flow.endpoints, false))
		return 0;
	event.flow.endpoints.source_port = KERNEL_READ(request, __sk_common.skc_num);
	event.state = KERNEL_READ(request, __sk_common.skc_state);
	return report(request, NULL, &event);
}

#define RETRANSMIT_HOOKS(KIND)                                                            \
	SEC(#KIND "/tcp_retransmit_skb")                                                  \
	int KIND##_retransmit(__u64 *args)                                                \
	{                                                                                 \
		/* Newer kernels report failed attempts, too. */                          \
		if (tcp_retransmit_error(args))                                           \
			return 0;                                                         \
		return report_segment((struct sock *)args[0], (struct sk_buff *)args[1]); \
	}                                                                                 \
                                                                                          \
	SEC(#KIND "/tcp_retransmit_synack")                                               \
	int KIND##_syn_ack(__u64 *args)                                                   \
	{                                                                                 \
		return report_syn_ack((struct sock *)args[1]);                            \
	}

RETRANSMIT_HOOKS(tp_btf)
RETRANSMIT_HOOKS(raw_tp)

SEC("fentry/tcp_send_loss_probe")
int BPF_PROG(loss_probe, struct sock *sock)
{
	return report_probe(sock);
}

SEC("kprobe/tcp_send_loss_probe")
int BPF_KPROBE(loss_probe_kprobe, struct sock *sock)
{
	return report_probe(sock);
}

TCP_STATE_HOOKS(&config.trace)
TCP_ACCEPT_HOOKS(&config.trace)

char LICENSE[] SEC("license") = "GPL";
