// SPDX-License-Identifier: GPL-2.0
/* TCP connections: who opens one to where, and how long one was and what it moved. */
#include "floor.bpf.h"
#include "owners.bpf.h"
#include "lib/syscall.bpf.h"

struct ends {
	__u32 source;
	__u32 destination;
	__u32 ports;
	__u32 family;
};

static __always_inline void read_ends(struct ends *ends, struct sock *sock)
{
	ends->source = sock->__sk_common.skc_rcv_saddr;
	ends->destination = sock->__sk_common.skc_daddr;
	ends->ports = sock->__sk_common.skc_dport | sock->__sk_common.skc_num << 16;
	ends->family = sock->__sk_common.skc_family;
}

struct connect {
	struct who who;
	struct ends ends;
};

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(connect, struct sock *sock, int from, int to)
{
	struct connect connect;

	if (to != TCP_SYN_SENT)
		return 0;
	describe(&connect.who);
	read_ends(&connect.ends, sock);
	emit(&connect, sizeof(connect));
	return 0;
}

struct session {
	struct who owner;
	struct ends ends;
	__u32 netns;
	__u32 padding;
	__u64 nanoseconds;
	__u64 sent;
	__u64 received;
};

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(session, struct sock *sock, int from, int to)
{
	struct tcp_sock *tcp = (struct tcp_sock *)sock;
	struct session session;
	struct sock *key = sock;
	struct who *owner;

	if (to == TCP_SYN_SENT || to == TCP_SYN_RECV) {
		own(&session.owner, key);
		return 0;
	}
	if (to != TCP_CLOSE)
		return 0;
	owner = bpf_map_lookup_elem(&owners, &key);
	if (!owner)
		return 0;
	session.owner = *owner;
	session.nanoseconds = bpf_ktime_get_ns() - owner->time_ns;
	read_ends(&session.ends, sock);
	session.netns = sock->__sk_common.skc_net.net->ns.inum;
	bpf_probe_read_kernel(&session.sent, sizeof(session.sent),
			      __builtin_preserve_access_index(&tcp->bytes_acked));
	bpf_probe_read_kernel(&session.received, sizeof(session.received),
			      __builtin_preserve_access_index(&tcp->bytes_received));
	bpf_map_delete_elem(&owners, &key);
	emit(&session, sizeof(session));
	return 0;
}

/* The socket that accept() has returned. */
static __always_inline struct sock *socket_of(int descriptor)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *file = NULL;
	struct socket *socket;

	bpf_probe_read_kernel(&file, sizeof(file), &task->files->fdt->fd[descriptor]);
	socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
}

/* An incoming session is that of the task which accepts it, not of what runs when it comes. */
SEC("tracepoint/syscalls/sys_exit_accept")
int accepted(struct syscall_exit_context *context)
{
	struct sock *sock;
	struct who *owner, accepter;

	if (context->result < 0)
		return 0;
	sock = socket_of(context->result);
	owner = bpf_map_lookup_elem(&owners, &sock);
	if (!owner)
		return 0;
	describe(&accepter);
	accepter.time_ns = owner->time_ns;
	/* Not in place: the entry is another connection's where this one has ended meanwhile. */
	bpf_map_update_elem(&owners, &sock, &accepter, BPF_EXIST);
	return 0;
}

static __always_inline void probe_ends(struct ends *ends, struct sock *sock)
{
	ends->source = BPF_CORE_READ(sock, __sk_common.skc_rcv_saddr);
	ends->destination = BPF_CORE_READ(sock, __sk_common.skc_daddr);
	ends->ports = BPF_CORE_READ(sock, __sk_common.skc_dport) |
		      BPF_CORE_READ(sock, __sk_common.skc_num) << 16;
	ends->family = BPF_CORE_READ(sock, __sk_common.skc_family);
}

struct timed {
	struct who who;
	struct ends ends;
	__u64 nanoseconds;
	__u32 states[2];
};

/* When each incoming connection was established, until it is accepted or closed. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(waits, struct sock *sock, int from, int to)
{
	struct sock *key = sock;
	struct who since = {};

	if (to == TCP_CLOSE) {
		bpf_map_delete_elem(&owners, &key);
	} else if (from == TCP_SYN_RECV) {
		since.time_ns = bpf_ktime_get_ns();
		bpf_map_update_elem(&owners, &key, &since, BPF_ANY);
	}
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_accept")
int accept(struct syscall_exit_context *context)
{
	struct timed accept = {};
	struct sock *sock;
	struct who *since;

	if (context->result < 0)
		return 0;
	sock = socket_of(context->result);
	since = bpf_map_lookup_elem(&owners, &sock);
	if (!since)
		return 0;
	describe(&accept.who);
	accept.nanoseconds = accept.who.time_ns - since->time_ns;
	probe_ends(&accept.ends, sock);
	bpf_map_delete_elem(&owners, &sock);
	emit(&accept, sizeof(accept));
	return 0;
}

/* How long each outgoing connection took to be established. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(handshakes, struct sock *sock, int from, int to)
{
	struct timed handshake = {};
	struct sock *key = sock;
	struct who *begin;

	if (to == TCP_SYN_SENT) {
		describe(&handshake.who);
		bpf_map_update_elem(&owners, &key, &handshake.who, BPF_ANY);
		return 0;
	}
	if (from != TCP_SYN_SENT)
		return 0;
	begin = bpf_map_lookup_elem(&owners, &key);
	if (!begin)
		return 0;
	handshake.who = *begin;
	handshake.nanoseconds = bpf_ktime_get_ns() - begin->time_ns;
	read_ends(&handshake.ends, sock);
	bpf_map_delete_elem(&owners, &key);
	emit(&handshake, sizeof(handshake));
	return 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct sock *);
	__type(value, __u64);
} last_changes SEC(".maps");

/* Each change, with the owner and the time since the one before. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(changes, struct sock *sock, int from, int to)
{
	struct timed change = { .states = { from, to } };
	struct sock *key = sock;
	struct who *owner;
	__u64 *last, now;

	if (to == TCP_SYN_SENT || to == TCP_SYN_RECV) {
		own(&change.who, key);
	}
	now = bpf_ktime_get_ns();
	last = bpf_map_lookup_elem(&last_changes, &key);
	if (last)
		change.nanoseconds = now - *last;
	owner = bpf_map_lookup_elem(&owners, &key);
	if (owner)
		change.who = *owner;
	change.who.time_ns = now;
	read_ends(&change.ends, sock);
	emit(&change, sizeof(change));
	if (to == TCP_CLOSE) {
		bpf_map_delete_elem(&last_changes, &key);
		bpf_map_delete_elem(&owners, &key);
	} else {
		bpf_map_update_elem(&last_changes, &key, &now, BPF_ANY);
	}
	return 0;
}

/* A connection that is established, and each end of it when it is closed, with the owner. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(opened, struct sock *sock, int from, int to)
{
	struct timed event = { .states = { from, to } };
	struct sock *key = sock;
	struct who *owner;

	if (to == TCP_SYN_SENT || to == TCP_SYN_RECV) {
		own(&event.who, key);
		return 0;
	}
	if (to == TCP_CLOSE)
		bpf_map_delete_elem(&owners, &key);
	if ((to != TCP_ESTABLISHED || from != TCP_SYN_SENT) && to != TCP_FIN_WAIT1 &&
	    to != TCP_LAST_ACK)
		return 0;
	owner = bpf_map_lookup_elem(&owners, &key);
	if (!owner)
		return 0;
	event.who = *owner;
	event.who.time_ns = bpf_ktime_get_ns();
	read_ends(&event.ends, sock);
	emit(&event, sizeof(event));
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_accept")
int accept_opened(struct syscall_exit_context *context)
{
	struct timed event = {};
	struct sock *sock;
	struct who *owner;

	if (context->result < 0)
		return 0;
	sock = socket_of(context->result);
	owner = bpf_map_lookup_elem(&owners, &sock);
	if (!owner)
		return 0;
	describe(&event.who);
	*owner = event.who;
	probe_ends(&event.ends, sock);
	emit(&event, sizeof(event));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
