/* SPDX-License-Identifier: GPL-2.0 */
/* Differences between kernels as in compat.bpf.h: segments and packets. */
#ifndef LIB_COMPAT_NETWORK_BPF_H
#define LIB_COMPAT_NETWORK_BPF_H

#include "compat.bpf.h"
#include "kernel_read.bpf.h"

/*
 * Why an attempt to send a TCP segment again failed, as a negative errno; 0: it did
 * not. Before 6.17 the tracepoint passes no error, and is silent about attempts that
 * failed ("tcp: extend tcp_retransmit_skb tracepoint with failure reasons").
 */
typedef void (*btf_trace_tcp_retransmit_skb___with_error)(void *, const struct sock *,
							  const struct sk_buff *, int);

static __always_inline int tcp_retransmit_error(__u64 *args)
{
	if (bpf_core_type_exists(btf_trace_tcp_retransmit_skb___with_error))
		return ARGUMENT(int, args, 2);
	return 0;
}

/*
 * Why a packet is dropped, from 5.17 (c504e5c2f964 "net: skb: introduce kfree_skb_reason()"),
 * and the socket that would have received it, from 6.11 (ba8de796baf4 "net: introduce
 * sk_skb_reason_drop function").
 */
typedef void (*btf_trace_kfree_skb___with_reason)(void *, struct sk_buff *, void *,
						  enum skb_drop_reason);
typedef void (*btf_trace_kfree_skb___with_socket)(void *, struct sk_buff *, void *,
						  enum skb_drop_reason, struct sock *);

static __always_inline bool kernel_has_drop_reasons(void)
{
	return bpf_core_type_exists(btf_trace_kfree_skb___with_reason) ||
	       bpf_core_type_exists(btf_trace_kfree_skb___with_socket);
}

static __always_inline __u32 drop_reason(__u64 *args)
{
	return kernel_has_drop_reasons() ? ARGUMENT(__u32, args, 2) : 0;
}

static __always_inline struct sock *drop_receiver(__u64 *args)
{
	if (bpf_core_type_exists(btf_trace_kfree_skb___with_socket))
		return ARGUMENT(struct sock *, args, 3);
	return NULL;
}

/* Whether the kernel has reasons, and gives none for this packet; its number changed. */
static __always_inline bool drop_is_unspecified(__u32 reason)
{
	return kernel_has_drop_reasons() &&
	       reason == bpf_core_enum_value(enum skb_drop_reason, SKB_DROP_REASON_NOT_SPECIFIED);
}

/*
 * What inet_csk_accept() returned, at its exit. From 6.10 its arguments are in a struct
 * (92ef0fd55ac8 "net: change proto and proto_ops accept type").
 */
static __always_inline struct sock *accept_function_result(__u64 *args)
{
	if (bpf_core_type_exists(struct proto_accept_arg))
		return ARGUMENT(struct sock *, args, 2);
	return ARGUMENT(struct sock *, args, 4);
}

/* linux/io_uring.h */
#define IORING_OP_ACCEPT    13
#define IORING_CQE_F_BUFFER 1
#define IORING_CQE_F_MORE   2

struct io_completion {
	struct io_kiocb *request; /* NULL: it goes on */
	__s32 result;
	__u32 flags;
};

/*
 * What io_uring_complete passes. Before 5.19 it does not name the request ("io_uring: add
 * tracing for additional CQE32 fields"); false there.
 */
typedef void (*btf_trace_io_uring_complete___with_request)(void *, void *, void *, __u64, int,
							   unsigned int, __u64, __u64);

static __always_inline bool io_uring_completion(__u64 *args, struct io_completion *completion)
{
	struct io_uring_cqe *entry;

	if (bpf_core_type_exists(btf_trace_io_uring_complete___with_entry)) {
		entry = (struct io_uring_cqe *)args[2];
		completion->result = KERNEL_READ(entry, res);
		completion->flags = KERNEL_READ(entry, flags);
	} else if (bpf_core_type_exists(btf_trace_io_uring_complete___with_request)) {
		completion->result = args[3];
		completion->flags = args[4];
	} else {
		return false;
	}
	completion->request = (struct io_kiocb *)args[1];
	return true;
}

/*
 * Options of a socket that stand in one word from 6.6 on, without names that a program
 * could find ("inet: move inet->freebind to inet->inet_flags" and others like it).
 */
#define INET_FLAGS_FREEBIND		11
#define INET_FLAGS_TRANSPARENT		15
#define INET_FLAGS_BIND_ADDRESS_NO_PORT 18

struct inet_options {
	bool freebind, transparent, bind_address_no_port;
};

static __always_inline struct inet_options inet_options(struct sock *sock)
{
	struct inet_sock *inet = (void *)sock;
	struct inet_sock___before_6_6 *older = (void *)sock;
	unsigned long flags;

	if (bpf_core_field_exists(older->freebind))
		return (struct inet_options){
			BPF_CORE_READ_BITFIELD_PROBED(older, freebind),
			BPF_CORE_READ_BITFIELD_PROBED(older, transparent),
			BPF_CORE_READ_BITFIELD_PROBED(older, bind_address_no_port),
		};
	flags = KERNEL_READ(inet, inet_flags);
	return (struct inet_options){
		flags >> INET_FLAGS_FREEBIND & 1,
		flags >> INET_FLAGS_TRANSPARENT & 1,
		flags >> INET_FLAGS_BIND_ADDRESS_NO_PORT & 1,
	};
}

#endif
