// SPDX-License-Identifier: GPL-2.0
/* What is counted of packets and bytes, and packets that are dropped. */
#include "floor.bpf.h"
#include "owners.bpf.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

#define ATOMIC_ADD(COUNTER, NUMBER) __sync_fetch_and_add(COUNTER, NUMBER)

struct flow {
	__u32 source;
	__u32 destination;
	__u32 ports;
	__u32 pid;
};

struct totals {
	__u64 number;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, struct flow);
	__type(value, struct totals);
} flows SEC(".maps");

static __always_inline void add(const struct flow *flow, __u64 bytes)
{
	struct totals *totals = bpf_map_lookup_elem(&flows, flow), none = {};

	if (!totals) {
		bpf_map_update_elem(&flows, flow, &none, BPF_NOEXIST);
		return;
	}
	ATOMIC_ADD(&totals->number, 1);
	ATOMIC_ADD(&totals->bytes, bytes);
}

static __always_inline int add_bytes(struct sock *sock, int bytes)
{
	struct flow flow = {
		.source = sock->__sk_common.skc_rcv_saddr,
		.destination = sock->__sk_common.skc_daddr,
		.ports = sock->__sk_common.skc_dport | sock->__sk_common.skc_num << 16,
		.pid = bpf_get_current_pid_tgid() >> 32,
	};

	if (bytes > 0)
		add(&flow, bytes);
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(bytes_sent, struct sock *sock, int bytes)
{
	return add_bytes(sock, bytes);
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(bytes_received, struct sock *sock, int bytes)
{
	return add_bytes(sock, bytes);
}

/* The same by process, with its name and its network namespace. */
struct process_flow {
	struct flow flow;
	__u64 comm[2];
	__u32 netns;
	__u32 family;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, struct process_flow);
	__type(value, struct totals);
} process_flows SEC(".maps");

static __always_inline int add_process_bytes(struct sock *sock, int bytes)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct totals *totals, none = {};
	struct process_flow flow = {
		.flow.source = sock->__sk_common.skc_rcv_saddr,
		.flow.destination = sock->__sk_common.skc_daddr,
		.flow.ports = sock->__sk_common.skc_dport | sock->__sk_common.skc_num << 16,
		.flow.pid = task->tgid,
		.comm = { *(__u64 *)&task->comm[0], *(__u64 *)&task->comm[8] },
		.netns = sock->__sk_common.skc_net.net->ns.inum,
		.family = sock->__sk_common.skc_family,
	};

	if (bytes <= 0)
		return 0;
	totals = bpf_map_lookup_elem(&process_flows, &flow);
	if (!totals) {
		bpf_map_update_elem(&process_flows, &flow, &none, BPF_NOEXIST);
		return 0;
	}
	ATOMIC_ADD(&totals->number, 1);
	ATOMIC_ADD(&totals->bytes, bytes);
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(process_sent, struct sock *sock, int bytes)
{
	return add_process_bytes(sock, bytes);
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(process_received, struct sock *sock, int bytes)
{
	return add_process_bytes(sock, bytes);
}

struct queue_totals {
	__u64 packets;
	__u64 segments;
	__u64 bytes;
	__u64 sizes[5];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, struct flow);
	__type(value, struct queue_totals);
} queues SEC(".maps");

/* Packets by their size; what the device sends as several counts as these too. */
static __always_inline int count_packet(const struct flow *queue, struct sk_buff *packet)
{
	struct skb_shared_info *shared = (void *)(packet->head + packet->end);
	struct queue_totals *totals = bpf_map_lookup_elem(&queues, queue), none = {};
	__u16 segments = BPF_CORE_READ(shared, gso_segs);
	__u32 bytes = packet->len;

	if (!totals) {
		bpf_map_update_elem(&queues, queue, &none, BPF_NOEXIST);
		return 0;
	}
	ATOMIC_ADD(&totals->packets, 1);
	ATOMIC_ADD(&totals->segments, segments ?: 1);
	ATOMIC_ADD(&totals->bytes, bytes);
	ATOMIC_ADD(
		&totals->sizes[(bytes >= 64) + (bytes >= 512) + (bytes >= 2048) + (bytes >= 16384)],
		1);
	return 0;
}

/* Each queue of each device. */
SEC("tp_btf/net_dev_start_xmit")
int BPF_PROG(transmitted, struct sk_buff *packet, struct net_device *device)
{
	struct flow queue = { .source = device->ifindex, .ports = packet->queue_mapping };

	return count_packet(&queue, packet);
}

SEC("tp_btf/netif_receive_skb")
int BPF_PROG(received, struct sk_buff *packet)
{
	struct flow queue = { .destination = packet->dev->ifindex, .ports = packet->queue_mapping };

	return count_packet(&queue, packet);
}

SEC("tp_btf/tcp_probe")
int BPF_PROG(round_trips, struct sock *sock)
{
	struct tcp_sock *tcp = (struct tcp_sock *)sock;

	distribute(BPF_CORE_READ(tcp, srtt_us));
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(backlogs, struct sock *sock, int from, int to)
{
	if (from == TCP_LISTEN && to == TCP_SYN_RECV)
		distribute(sock->sk_ack_backlog);
	return 0;
}

/* Packets are dropped in interrupts, so whose a connection is must be known before. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(owners_of_connections, struct sock *sock, int from, int to)
{
	struct sock *key = sock;
	struct who who;

	if (to == TCP_SYN_SENT)
		own(&who, key);
	else if (to == TCP_CLOSE)
		bpf_map_delete_elem(&owners, &key);
	return 0;
}

struct drop {
	struct who who;
	__u64 place;
	__u32 reason;
	__u32 length;
	__u32 header[5];
	__u32 ports;
	char device[16];
};

/* A packet of IPv4. */
static __always_inline bool describe_drop(struct drop *drop, struct sk_buff *packet, void *place,
					  __u32 reason, struct sock *receiver)
{
	struct who *owner = bpf_map_lookup_elem(&owners, &receiver);
	const unsigned char *header = packet->head + packet->network_header;

	if (reason <= SKB_DROP_REASON_NOT_SPECIFIED)
		return false;
	drop->place = (__u64)place;
	drop->reason = reason;
	drop->length = packet->len;
	if (owner)
		drop->who = *owner;
	drop->who.time_ns = bpf_ktime_get_ns();
	bpf_probe_read_kernel(drop->header, sizeof(drop->header), header);
	bpf_probe_read_kernel(&drop->ports, sizeof(drop->ports), header + 20);
	BPF_CORE_READ_INTO(&drop->device, packet, dev, name);
	return true;
}

SEC("tp_btf/kfree_skb")
int BPF_PROG(drops, struct sk_buff *packet, void *place, __u32 reason, struct sock *receiver)
{
	struct drop drop = {};

	if (describe_drop(&drop, packet, place, reason, receiver))
		emit(&drop, sizeof(drop));
	return 0;
}

struct drop_with_stack {
	struct drop drop;
	__s64 size;
	__u64 stack[127];
};

SEC("tp_btf/kfree_skb")
int BPF_PROG(drops_with_stacks, struct sk_buff *packet, void *place, __u32 reason,
	     struct sock *receiver)
{
	struct drop_with_stack *event;
	struct drop drop = {};

	if (!describe_drop(&drop, packet, place, reason, receiver))
		return 0;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event)
		return 0;
	event->drop = drop;
	event->size = bpf_get_stack(ctx, event->stack, sizeof(event->stack), 0);
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
