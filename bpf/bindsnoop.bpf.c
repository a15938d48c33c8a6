// SPDX-License-Identifier: GPL-2.0
/* Sockets of IPv4 and IPv6 that are bound to an address, at the exit of the system call. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bindsnoop.h"
#include "lib/compat_network.bpf.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/kernel_read.bpf.h"
#include "lib/sock.bpf.h"
#include "lib/syscall.bpf.h"

#define TRACED_CALLS(CALL) CALL(bind)
#define SOCK_RAW	   3

const volatile struct bindsnoop_config config;

static __always_inline bool is_wanted(long result)
{
	if (result < 0 && !config.with_failures)
		return false;
	return current_passes(&config.trace.filter);
}

static __always_inline __u32 bind_options(struct sock *sock)
{
	struct inet_options options = inet_options(sock);
	struct sock_common *common = &sock->__sk_common;

	return (options.freebind ? BIND_FREEBIND : 0) |
	       (options.transparent ? BIND_TRANSPARENT : 0) |
	       (options.bind_address_no_port ? BIND_NO_PORT : 0) |
	       (BPF_CORE_READ_BITFIELD_PROBED(common, skc_reuse) ? BIND_REUSEADDR : 0) |
	       (BPF_CORE_READ_BITFIELD_PROBED(common, skc_reuseport) ? BIND_REUSEPORT : 0);
}

/* The address that the call was given: after a failure the socket has none, or an older one. */
static __always_inline void take_asked_address(const void *user_address, struct endpoints *ends)
{
	struct endpoints asked;

	if (read_destination(user_address, &asked))
		ends->version = asked.version;
	/* In a family that the socket has not, it is nothing. */
	__builtin_memcpy(ends->source, asked.destination, sizeof(ends->source));
	ends->source_port = asked.version ? asked.destination_port : 0;
}

static __noinline int report_call(long number, const struct pt_regs *regs, long result)
{
	struct sock *sock = sock_of_any_descriptor(SYSCALL_ARG1(regs));
	struct bindsnoop_event event = { .result = result, .number = number };

	if (!sock || !read_local_end(sock, &event.endpoints))
		return 0;
	if (result < 0)
		take_asked_address((void *)SYSCALL_ARG2(regs), &event.endpoints);
	/* Where others have a port, these have their protocol. */
	if (KERNEL_READ(sock, sk_type) == SOCK_RAW)
		event.endpoints.source_port = 0;
	if (!network_passes(&config.network, sock, &event.endpoints, false) ||
	    !port_passes(&config.ports, event.endpoints.source_port))
		return 0;
	fill_header(&config.trace, &event.header);
	event.interface = KERNEL_READ(sock, __sk_common.skc_bound_dev_if);
	event.netns = socket_netns(sock, false);
	event.options = bind_options(sock);
	event.protocol = KERNEL_READ(sock, sk_protocol);
	LEDGER_ADD(seen);
	emit(&config.trace, &event, sizeof(event));
	return 0;
}

#include "lib/syscall_exits.bpf.h"

char LICENSE[] SEC("license") = "GPL";
