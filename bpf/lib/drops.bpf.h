/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets that the kernel drops, mostly in an interrupt: the process is that of the
 * TCP session, where it is known. Include it after defining
 *
 *   static bool is_wanted(const struct drop_event *event);
 */
#ifndef LIB_DROPS_BPF_H
#define LIB_DROPS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "drops.h"
#include "compat_network.bpf.h"
#include "kernel_read.bpf.h"
#include "kernel_stack_event.bpf.h"
#include "packet.bpf.h"
#include "tcp_session.bpf.h"

#define COUNTS_KEY struct drop_kind

#include "counts.bpf.h"

const volatile struct drop_config config;

/* Made in the ring buffer, since an interrupt can drop packets while a task does. */
struct drop_record {
	struct drop_event event;
	struct stack_tail stacks;
};

/* The state of a socket of TCP; 0 of any other, such as one that sends raw packets. */
static __always_inline __u32 tcp_socket_state(struct sock *sock, __u16 family)
{
	__u32 state = KERNEL_READ(sock, __sk_common.skc_state);

	if (family != AF_INET && family != AF_INET6)
		return 0;
	/* These two are smaller than a socket, and have no protocol. */
	if (state == TCP_TIME_WAIT || state == TCP_NEW_SYN_RECV)
		return state;
	if (KERNEL_READ(sock, sk_type) != SOCK_STREAM ||
	    KERNEL_READ(sock, sk_protocol) != IPPROTO_TCP)
		return 0;
	return state;
}

static __always_inline bool interface_passes(const char *name)
{
	const volatile __u64 *wanted = (const volatile __u64 *)config.interface;
	const __u64 *words = (const __u64 *)name;

	return !config.interface[0] || (words[0] == wanted[0] && words[1] == wanted[1]);
}

/* Describes a packet; false where it is not wanted. */
static __always_inline bool describe_packet(struct sk_buff *packet, struct sock *sock,
					    struct drop_event *event)
{
	struct packet_headers headers = {};
	struct net_device *device = packet_device(packet);

	read_packet(packet, &headers);
	if (config.ip_protocol && (!headers.ends.version || headers.protocol != config.ip_protocol))
		return false;
	if (config.ethertype && headers.ethertype != config.ethertype)
		return false;
	event->endpoints = headers.ends;
	event->ethertype = headers.ethertype;
	event->ip_protocol = headers.protocol;
	event->flags = headers.tcp_flags;
	event->has_ports = headers.has_ports;
	event->length = KERNEL_READ(packet, len);
	event->family = KERNEL_READ(sock, __sk_common.skc_family);
	event->state = tcp_socket_state(sock, event->family);
	event->netns =
		event->state ? socket_netns(sock, false) : KERNEL_READ(device, nd_net.net, ns.inum);
	if (!event->netns)
		event->netns = socket_netns(sock, false);
	event->interface_number = KERNEL_READ(device, ifindex);
	KERNEL_READ_16(event->interface, device, name);
	if (config.network.version && config.network.version != event->endpoints.version)
		return false;
	if (config.network.netns && config.network.netns != event->netns)
		return false;
	return interface_passes(event->interface);
}

static __always_inline void count_drop(const struct drop_event *event)
{
	struct drop_kind kind = { .reason = event->reason };

	if (config.counts > 1)
		kind.place = event->place;
	count(&kind);
}

static __always_inline int report(void *context, struct sk_buff *packet, struct sock *receiver,
				  __u32 reason, __u64 place)
{
	struct drop_event event = { .reason = reason, .place = place };
	struct sock *sock = receiver ?: KERNEL_READ(packet, sk);
	struct drop_record *record;

	if (!describe_packet(packet, sock, &event) || !is_wanted(&event))
		return 0;
	if (!describe_owner(&config.trace, sock, &event.header, false))
		return 0;
	LEDGER_ADD(seen);
	if (config.counts) {
		count_drop(&event);
		return 0;
	}
	if (!config.stacks.kernel) {
		emit(&config.trace, &event, sizeof(event));
		return 0;
	}
	record = reserve_event(sizeof(*record));
	if (!record)
		return 0;
	record->event = event;
	take_kernel_tail(context, &config.stacks, &record->stacks, &record->event.stacks);
	submit_event(&config.trace, record, sizeof(*record));
	return 0;
}

#define DROP_HOOKS(KIND)                                                                    \
	SEC(#KIND "/kfree_skb")                                                             \
	int KIND##_kfree_skb(__u64 *args)                                                   \
	{                                                                                   \
		__u32 reason = drop_reason(args);                                           \
                                                                                            \
		if (config.reason && reason != config.reason)                               \
			return 0;                                                           \
		/* Some of these are no drops. */                                           \
		if (!config.unspecified && drop_is_unspecified(reason))                     \
			return 0;                                                           \
		return report(args, (struct sk_buff *)args[0], drop_receiver(args), reason, \
			      args[1]);                                                     \
	}

DROP_HOOKS(tp_btf)
DROP_HOOKS(raw_tp)

/* Before 5.19 TCP frees what it drops without the tracepoint. */
SEC("fentry/tcp_drop")
int BPF_PROG(drop_function, struct sock *sock, struct sk_buff *packet)
{
	return report(ctx, packet, sock, 0, 0);
}

SEC("kprobe/tcp_drop")
int BPF_KPROBE(drop_kprobe, struct sock *sock, struct sk_buff *packet)
{
	return report(ctx, packet, sock, 0, 0);
}

TCP_STATE_HOOKS(&config.trace)
TCP_ACCEPT_HOOKS(&config.trace)

#endif
