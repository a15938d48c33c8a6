// SPDX-License-Identifier: GPL-2.0
/*
 * TCP connections that this machine opens, seen when a socket changes to
 * SYN_SENT, in the task that connects. The source port and the outcome are known at
 * the next change, in whatever runs then, so the event waits where they are asked.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tcpconnect.h"
#include "lib/kernel_read.bpf.h"

#define COUNTS_KEY struct endpoints

#include "lib/counts.bpf.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/sock.bpf.h"
#include "lib/syscall.bpf.h"

/* <errno.h>, which a BPF program cannot include. */
#define EINTR	     4
#define EBADF	     9
#define EFAULT	     14
#define ENOTSOCK     88
#define ECONNABORTED 103
#define EISCONN	     106
#define EALREADY     114
#define EINPROGRESS  115
#define ERESTARTSYS  512

const volatile struct tcpconnect_config config;

struct open_connect {
	struct tcpconnect_event event;
	__u32 tid; /* the kernel's own number */
	__u32 padding;
};

/* Connects whose outcome is not known yet. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct sock *);
	__type(value, struct open_connect);
} open_connects SEC(".maps");

/* Threads that sent a SYN in the system call they are in. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u8);
} in_connect SEC(".maps");

static __always_inline bool is_wanted(struct sock *sock, const struct endpoints *ends,
				      const bool typed)
{
	return network_passes(&config.network, sock, ends, typed) &&
	       port_passes(&config.ports, ends->destination_port);
}

static __always_inline void report(struct tcpconnect_event *event)
{
	if (config.failed_only && !event->error)
		return;
	LEDGER_ADD(seen);
	if (!config.counts) {
		emit(&config.trace, event, sizeof(*event));
		return;
	}
	if (!config.counts_source_port)
		event->endpoints.source_port = 0;
	count(&event->endpoints);
}

static __always_inline int connect_begins(struct sock *sock, const bool typed)
{
	struct open_connect open = { .tid = bpf_get_current_pid_tgid() };
	struct endpoints *ends = &open.event.endpoints;
	__u8 yes = 1;

	if (!read_endpoints(sock, ends, typed) || !is_wanted(sock, ends, typed))
		return 0;
	fill_header(&config.trace, &open.event.header);
	if (!config.at_outcome) {
		report(&open.event);
		return 0;
	}
	if (bpf_map_update_elem(&open_connects, &sock, &open, BPF_ANY))
		LEDGER_ADD(map_full);
	if (config.failed_only)
		bpf_map_update_elem(&in_connect, &open.tid, &yes, BPF_ANY);
	return 0;
}

static __always_inline int connect_ends(struct sock *sock, int state, const bool typed)
{
	struct sock *key = sock; /* see sock.bpf.h */
	struct open_connect *open = bpf_map_lookup_elem(&open_connects, &key);
	struct tcpconnect_event event;
	__u32 tid = bpf_get_current_pid_tgid();
	bool in_same_thread;

	if (!open)
		return 0;
	event = open->event;
	in_same_thread = open->tid == tid;
	bpf_map_delete_elem(&open_connects, &key);
	event.endpoints.source_port = source_port(sock);
	if (state == TCP_CLOSE) {
		event.error = FIELD(sock, sk_err);
		/*
		 * Without an error the socket gave up by itself. Inside of
		 * connect() that call's result says why; outside the program
		 * has closed it.
		 */
		if (!event.error && config.failed_only && in_same_thread &&
		    !bpf_map_delete_elem(&in_connect, &tid))
			return 0;
		if (!event.error)
			event.error = ECONNABORTED;
	}
	report(&event);
	return 0;
}

static __always_inline int state_changes(struct sock *sock, int from, int to, const bool typed)
{
	if (to == TCP_SYN_SENT ? !current_passes(&config.trace.filter)
			       : from != TCP_SYN_SENT || !config.at_outcome)
		return 0;
	if (FIELD(sock, sk_protocol) != IPPROTO_TCP)
		return 0;
	if (to == TCP_SYN_SENT)
		return connect_begins(sock, typed);
	return connect_ends(sock, to, typed);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(set_state, struct sock *sock, int from, int to)
{
	return state_changes(sock, from, to, true);
}

SEC("raw_tp/inet_sock_set_state")
int BPF_PROG(set_state_raw, struct sock *sock, int from, int to)
{
	return state_changes(sock, from, to, false);
}

/* Connects that failed before a SYN was sent: no route, no port. */
static __noinline int connect_returns(int descriptor, const void *address, long result)
{
	struct tcpconnect_event event = {};
	__u32 tid = bpf_get_current_pid_tgid();
	bool sent_syn = !bpf_map_delete_elem(&in_connect, &tid);
	struct sock *sock;

	if (sent_syn || result >= 0)
		return 0;
	switch (-result) {
	case EINTR:
	case EBADF:
	case EFAULT:
	case ENOTSOCK:
	case EISCONN:
	case EALREADY:
	case EINPROGRESS:
	case ERESTARTSYS:
		return 0;
	}
	sock = sock_of_descriptor(descriptor);
	if (KERNEL_READ(sock, sk_protocol) != IPPROTO_TCP)
		return 0;
	if (!read_destination(address, &event.endpoints) ||
	    !is_wanted(sock, &event.endpoints, false))
		return 0;
	fill_header(&config.trace, &event.header);
	event.error = -result;
	report(&event);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_connect")
int connect_exit(struct syscall_exit_context *context)
{
	struct pt_regs *regs;

	if (!current_passes(&config.trace.filter))
		return 0;
	regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	return connect_returns(SYSCALL_ARG1(regs), (void *)SYSCALL_ARG2(regs), context->result);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(any_syscall_exit, struct pt_regs *regs, long result)
{
	if (SYSCALL_NUMBER(regs) != SYSCALL_connect || !current_passes(&config.trace.filter) ||
	    syscall_is_compat())
		return 0;
	return connect_returns(SYSCALL_ARG1(regs), (void *)SYSCALL_ARG2(regs), result);
}

char LICENSE[] SEC("license") = "GPL";
