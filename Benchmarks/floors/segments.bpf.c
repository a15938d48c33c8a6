// SPDX-License-Identifier: GPL-2.0
/* Segments of TCP: how long each waited until a process read it. */
#include "floor.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct sock *);
	__type(value, __u64);
} arrivals SEC(".maps");

SEC("tp_btf/tcp_probe")
int BPF_PROG(segment, struct sock *sock, struct sk_buff *packet)
{
	struct sock *key = sock;
	const char *control = packet->cb;
	__u64 now;

	/* Where a segment begins and ends in the sequence (struct tcp_skb_cb). */
	if (*(__u32 *)control == *(__u32 *)(control + 4))
		return 0;
	now = bpf_ktime_get_ns();
	bpf_map_update_elem(&arrivals, &key, &now, BPF_ANY);
	return 0;
}

struct delay {
	struct who who;
	__u32 source;
	__u32 destination;
	__u32 ports;
	__u32 family;
	__u64 nanoseconds;
};

SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(reads, struct sock *sock)
{
	struct sock *key = sock;
	struct delay delay = {};
	__u64 *arrival = bpf_map_lookup_elem(&arrivals, &key);

	if (!arrival)
		return 0;
	describe(&delay.who);
	delay.nanoseconds = delay.who.time_ns - *arrival;
	delay.source = sock->__sk_common.skc_rcv_saddr;
	delay.destination = sock->__sk_common.skc_daddr;
	delay.ports = sock->__sk_common.skc_dport | sock->__sk_common.skc_num << 16;
	delay.family = sock->__sk_common.skc_family;
	bpf_map_delete_elem(&arrivals, &key);
	emit(&delay, sizeof(delay));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
