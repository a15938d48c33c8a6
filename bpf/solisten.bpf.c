// SPDX-License-Identifier: GPL-2.0
/* Sockets of IPv4 and IPv6 that begin to listen, at the exit of the system call. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "solisten.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/kernel_read.bpf.h"
#include "lib/sock.bpf.h"
#include "lib/syscall.bpf.h"

#define TRACED_CALLS(CALL) CALL(listen)

const volatile struct solisten_config config;

static __always_inline bool is_wanted(long result)
{
	return current_passes(&config.trace.filter);
}

static __noinline int report_call(long number, const struct pt_regs *regs, long result)
{
	struct sock *sock = sock_of_any_descriptor(SYSCALL_ARG1(regs)), *queue = sock;
	struct solisten_event event = { .result = result, .number = number };

	if (!sock || !read_local_end(sock, &event.endpoints) ||
	    !network_passes(&config.network, sock, &event.endpoints, false))
		return 0;
	fill_header(&config.trace, &event.header);
	event.backlog = SYSCALL_ARG2(regs);
	event.protocol = KERNEL_READ(sock, sk_protocol);
	/* Connections of Multipath TCP wait at the socket of TCP below it. */
	if (event.protocol == IPPROTO_MPTCP)
		queue = first_subflow(sock);
	event.limit = KERNEL_READ(queue, sk_max_ack_backlog);
	event.netns = socket_netns(sock, false);
	LEDGER_ADD(seen);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

#include "lib/syscall_exits.bpf.h"

char LICENSE[] SEC("license") = "GPL";
