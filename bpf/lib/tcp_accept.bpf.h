/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connections of TCP when they are accepted, each once: by the kernel's function where it can
 * be hooked, else by the system calls and by requests of io_uring. A program that includes
 * this file defines accepted().
 */
#ifndef LIB_TCP_ACCEPT_BPF_H
#define LIB_TCP_ACCEPT_BPF_H

#include "accept_exits.bpf.h"
#include "compat_network.bpf.h"
#include "kernel_read.bpf.h"
#include "sock.bpf.h"

/*
 * The running task has accepted this connection. Where that is not certain, the socket is
 * that of a connection which waits to be accepted, or it is to be ignored.
 */
static int accepted(struct sock *sock, bool is_certain);

/* Inline, since the verifier bounds the depth of calls. */
static __always_inline int descriptor_is_accepted(long descriptor, bool is_certain)
{
	struct sock *sock;
	__u16 protocol;

	if (descriptor < 0)
		return 0;
	sock = sock_of_descriptor(descriptor);
	protocol = KERNEL_READ(sock, sk_protocol);
	if (protocol == IPPROTO_MPTCP)
		sock = first_subflow(sock);
	else if (protocol != IPPROTO_TCP)
		return 0;
	return accepted(sock, is_certain);
}

static __always_inline void accept_returns(long result)
{
	descriptor_is_accepted(result, true);
}

ACCEPT_EXIT_HOOKS(accept_returns)

/*
 * A request that accepts again and again completes without its opcode, and other such
 * requests have numbers too that could be those of descriptors.
 */
SEC("raw_tp/io_uring_complete")
int io_uring_complete(__u64 *args)
{
	struct io_completion completion;
	struct io_kiocb *request;

	if (!io_uring_completion(args, &completion) || completion.result < 0)
		return 0;
	request = completion.request;
	if (request ? KERNEL_READ(request, opcode) != IORING_OP_ACCEPT
		    : (completion.flags & (IORING_CQE_F_BUFFER | IORING_CQE_F_MORE)) !=
			      IORING_CQE_F_MORE)
		return 0;
	return descriptor_is_accepted(completion.result, false);
}

/* Includes what the kernel accepts for itself, and what 32-bit programs accept. */
SEC("fexit/inet_csk_accept")
int function_returns(__u64 *args)
{
	struct sock *sock = accept_function_result(args);

	return sock ? accepted(sock, true) : 0;
}

#endif
