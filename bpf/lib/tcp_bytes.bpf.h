/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What processes send and receive by TCP: the programs of a tool that defines
 * count_bytes().
 */
#ifndef LIB_TCP_BYTES_BPF_H
#define LIB_TCP_BYTES_BPF_H

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "network.h"
#include "atomic.bpf.h"
#include "sock.bpf.h"

/* Called for each call that moved bytes, in the task that made it. */
static __always_inline int count_bytes(struct sock *sock, int bytes, bool is_sent,
				       const bool typed);

static __always_inline void add_bytes(struct byte_totals *totals, int bytes, bool is_sent)
{
	ATOMIC_ADD(&totals->calls, 1);
	if (is_sent)
		ATOMIC_ADD(&totals->sent, bytes);
	else
		ATOMIC_ADD(&totals->received, bytes);
}

/* linux/socket.h */
#define MSG_PEEK     0x2
#define MSG_ERRQUEUE 0x2000

/* Of raw sockets and of other families a protocol can have the number of TCP. */
static __always_inline bool is_tcp(struct sock *sock, const bool typed)
{
	return FIELD(sock, sk_protocol) == IPPROTO_TCP && FIELD(sock, sk_type) == SOCK_STREAM;
}

static __always_inline int sent(struct sock *sock, int result, const bool typed)
{
	return result > 0 && is_tcp(sock, typed) ? count_bytes(sock, result, true, typed) : 0;
}

/* What is only looked at comes again, and what is in the error queue was sent. */
static __always_inline int received(struct sock *sock, int result, int flags, const bool typed)
{
	if (result <= 0 || flags & (MSG_PEEK | MSG_ERRQUEUE) || !is_tcp(sock, typed))
		return 0;
	return count_bytes(sock, result, false, typed);
}

#define LENGTH_HOOKS(KIND, TYPED)                                              \
	SEC(#KIND "/sock_send_length")                                         \
	int BPF_PROG(KIND##_send, struct sock *sock, int result)               \
	{                                                                      \
		return sent(sock, result, TYPED);                              \
	}                                                                      \
                                                                               \
	SEC(#KIND "/sock_recv_length")                                         \
	int BPF_PROG(KIND##_receive, struct sock *sock, int result, int flags) \
	{                                                                      \
		return received(sock, result, flags, TYPED);                   \
	}

LENGTH_HOOKS(tp_btf, true)
LENGTH_HOOKS(raw_tp, false)

/*
 * Before 6.3, which brought these tracepoints (6e6eda44b939 "sock: add tracepoint for
 * send recv length"): the functions of a socket, whose arguments have not changed since
 * 5.10, as those of tcp_recvmsg() have.
 */
#define SEND_EXIT(FUNCTION)                                                                     \
	SEC("fexit/" #FUNCTION)                                                                 \
	int BPF_PROG(FUNCTION##_exit, struct socket *socket, void *message, unsigned long size, \
		     int result)                                                                \
	{                                                                                       \
		return sent(socket->sk, result, true);                                          \
	}

#define RECEIVE_EXIT(FUNCTION)                                                                  \
	SEC("fexit/" #FUNCTION)                                                                 \
	int BPF_PROG(FUNCTION##_exit, struct socket *socket, void *message, unsigned long size, \
		     int flags, int result)                                                     \
	{                                                                                       \
		return received(socket->sk, result, flags, true);                               \
	}

SEND_EXIT(inet_sendmsg)
SEND_EXIT(inet6_sendmsg)
RECEIVE_EXIT(inet_recvmsg)
RECEIVE_EXIT(inet6_recvmsg)

SEC("fexit/inet_sendpage")
int BPF_PROG(inet_sendpage_exit, struct socket *socket, void *page, int offset, unsigned long size,
	     int flags, long result)
{
	return sent(socket->sk, result, true);
}

#endif
