/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sockets: their two ends, and how user space names them.
 *
 * Where a socket is read in place after a map was asked for it, the key is a copy of the
 * pointer: one whose address was passed to a helper has lost its type up to 6.12.
 */
#ifndef LIB_SOCK_BPF_H
#define LIB_SOCK_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include "endpoints.h"
#include "network.h"
#include "field.bpf.h"
#include "files.bpf.h"
#include "ip_headers.bpf.h"
#include "kernel_read.bpf.h"
#include "ports.bpf.h"

/* linux/socket.h, linux/net.h, linux/mptcp.h, net/tcp_states.h */
#define AF_INET		 2
#define AF_INET6	 10
#define SOCK_STREAM	 1
#define IPPROTO_MPTCP	 262
#define TCP_ESTABLISHED	 1
#define TCP_SYN_SENT	 2
#define TCP_SYN_RECV	 3
#define TCP_FIN_WAIT1	 4
#define TCP_FIN_WAIT2	 5
#define TCP_TIME_WAIT	 6
#define TCP_CLOSE	 7
#define TCP_CLOSE_WAIT	 8
#define TCP_LAST_ACK	 9
#define TCP_LISTEN	 10
#define TCP_CLOSING	 11
#define TCP_NEW_SYN_RECV 12

/* Moves an IPv4 address out of its IPv6 form (::ffff:a.b.c.d). */
static __always_inline bool unmap_ipv4(__u8 *address)
{
	const __u32 *words = (const __u32 *)address;

	if (words[0] || words[1] || words[2] != bpf_htonl(0xffff))
		return false;
	*(__u32 *)address = words[3];
	((__u32 *)address)[2] = 0;
	((__u32 *)address)[3] = 0;
	return true;
}

/*
 * The port that a socket sends from. It is in the inet socket even after
 * the port was given back, which happens before a refused connect is reported.
 */
static __always_inline __u16 source_port(struct sock *sock)
{
	return bpf_ntohs(KERNEL_READ((struct inet_sock *)sock, inet_sport));
}

static __always_inline void read_ipv6_addresses(struct sock *sock, struct endpoints *ends,
						const bool typed)
{
	FIELD_16(ends->source, sock, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
	FIELD_16(ends->destination, sock, __sk_common.skc_v6_daddr.in6_u.u6_addr8);
}

/* The ends of a socket; false where it is neither IPv4 nor IPv6. */
static __always_inline bool read_endpoints(struct sock *sock, struct endpoints *ends,
					   const bool typed)
{
	__u16 family = FIELD(sock, __sk_common.skc_family);

	__builtin_memset(ends, 0, sizeof(*ends));
	/* The same port in host order, while the socket has it. */
	if (typed)
		ends->source_port = sock->__sk_common.skc_num;
	if (!ends->source_port)
		ends->source_port = source_port(sock);
	ends->destination_port = bpf_ntohs(FIELD(sock, __sk_common.skc_dport));
	if (family == AF_INET) {
		ends->version = 4;
		*(__be32 *)ends->source = FIELD(sock, __sk_common.skc_rcv_saddr);
		*(__be32 *)ends->destination = FIELD(sock, __sk_common.skc_daddr);
		return true;
	}
	if (family != AF_INET6)
		return false;
	ends->version = 6;
	read_ipv6_addresses(sock, ends, typed);
	if (unmap_ipv4(ends->destination)) {
		ends->version = 4;
		unmap_ipv4(ends->source);
	}
	return true;
}

/* The network namespace of a socket, by its inode number. */
static __always_inline __u32 socket_netns(struct sock *sock, const bool typed)
{
	return typed ? sock->__sk_common.skc_net.net->ns.inum
		     : KERNEL_READ(sock, __sk_common.skc_net.net, ns.inum);
}

static __always_inline bool network_passes(const volatile struct network_filter *filter,
					   struct sock *sock, const struct endpoints *ends,
					   const bool typed)
{
	if (filter->version && filter->version != ends->version)
		return false;
	return !filter->netns || filter->netns == socket_netns(sock, typed);
}

/* The socket of TCP that a socket of Multipath TCP began with; itself where that is closed. */
static __always_inline struct sock *first_subflow(struct sock *sock)
{
	struct mptcp_sock *multipath = (struct mptcp_sock *)sock;
	struct sock *first = NULL;

	if (bpf_core_field_exists(multipath->first))
		first = KERNEL_READ(multipath, first);
	return first ? first : sock;
}

/* Whether an address of struct endpoints, which is aligned to words, lies in a subnet. */
static __always_inline bool subnet_has(const volatile struct subnet *subnet, const __u8 *address,
				       __u16 version)
{
	const __u64 *words = (const __u64 *)address;

	return subnet->version == version && (words[0] & subnet->mask[0]) == subnet->address[0] &&
	       (words[1] & subnet->mask[1]) == subnet->address[1];
}

static __always_inline bool address_passes(const volatile struct subnet *subnet,
					   const __u8 *address, __u16 version)
{
	return !subnet->version || subnet_has(subnet, address, version);
}

/* struct sockaddr_in and sockaddr_in6, as far as they matter here. */
struct socket_address {
	__u16 family;
	__be16 port;
	__be32 ipv4;
	__u8 ipv6[16];
};

/* The destination as a system call names it. */
static __always_inline bool read_destination(const void *user_address, struct endpoints *ends)
{
	struct socket_address address = {};

	__builtin_memset(ends, 0, sizeof(*ends));
	bpf_probe_read_user(&address, 8, user_address);
	ends->destination_port = bpf_ntohs(address.port);
	if (address.family == AF_INET) {
		ends->version = 4;
		__builtin_memcpy(ends->destination, &address.ipv4, sizeof(address.ipv4));
		return true;
	}
	if (address.family != AF_INET6)
		return false;
	ends->version = 6;
	bpf_probe_read_user(ends->destination, sizeof(ends->destination), user_address + 8);
	if (unmap_ipv4(ends->destination))
		ends->version = 4;
	return true;
}

/* The socket of a descriptor of the running task, known to be one. */
static __always_inline struct sock *sock_of_descriptor(int descriptor)
{
	struct file *file = file_of_descriptor((void *)bpf_get_current_task(), descriptor);
	struct socket *socket;

	socket = KERNEL_READ(file, private_data);
	return KERNEL_READ(socket, sk);
}

/* linux/stat.h */
#define S_IFMT	 0170000
#define S_IFSOCK 0140000

/* The same, which may be none: NULL then. */
static __always_inline struct sock *sock_of_any_descriptor(int descriptor)
{
	struct file *file = file_of_descriptor((void *)bpf_get_current_task(), descriptor);
	struct socket *socket;

	if (!file || (KERNEL_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	/* Of one that is open as a path this is NULL. */
	socket = KERNEL_READ(file, private_data);
	return socket ? KERNEL_READ(socket, sk) : NULL;
}

/* The end of a socket that it was bound to, as the source. */
static __always_inline bool read_local_end(struct sock *sock, struct endpoints *ends)
{
	if (!read_endpoints(sock, ends, false))
		return false;
	if (ends->version == 6 && unmap_ipv4(ends->source))
		ends->version = 4;
	return true;
}

#endif
