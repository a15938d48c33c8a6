// SPDX-License-Identifier: GPL-2.0
/* Questions to a server of names over UDP and IPv4, and how long the answers took. */
#include "floor.bpf.h"
#include <bpf/bpf_endian.h>

#define DNS_PORT     53
#define HEADERS_SIZE 28
#define ANSWER	     0x80

struct exchange {
	__u64 socket;
	__u64 id;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct exchange);
	__type(value, struct who);
} questions SEC(".maps");

struct answer {
	struct who who;
	__u64 nanoseconds;
	__u32 length;
	__u8 packet[256];
};

static __always_inline int follow(struct __sk_buff *packet)
{
	struct answer answer = {};
	struct exchange exchange;
	struct who *question;
	__u8 head[HEADERS_SIZE + 4];

	if (bpf_skb_load_bytes(packet, 0, head, sizeof(head)) || head[9] != 17 ||
	    (head[21] != DNS_PORT && head[23] != DNS_PORT))
		return 1;
	exchange.socket = bpf_get_socket_cookie(packet);
	exchange.id = head[HEADERS_SIZE] << 8 | head[HEADERS_SIZE + 1];
	if (!(head[HEADERS_SIZE + 2] & ANSWER)) {
		describe(&answer.who);
		bpf_map_update_elem(&questions, &exchange, &answer.who, BPF_ANY);
		return 1;
	}
	question = bpf_map_lookup_elem(&questions, &exchange);
	if (!question)
		return 1;
	answer.who = *question;
	answer.nanoseconds = bpf_ktime_get_ns() - question->time_ns;
	bpf_map_delete_elem(&questions, &exchange);
	answer.length = packet->len;
	if (answer.length > sizeof(answer.packet))
		answer.length = sizeof(answer.packet);
	if (answer.length < HEADERS_SIZE ||
	    bpf_skb_load_bytes(packet, 0, answer.packet, answer.length))
		return 1;
	emit(&answer, sizeof(answer));
	return 1;
}

SEC("cgroup_skb/egress")
int question_sent(struct __sk_buff *packet)
{
	return follow(packet);
}

SEC("cgroup_skb/ingress")
int answer_received(struct __sk_buff *packet)
{
	return follow(packet);
}

char LICENSE[] SEC("license") = "GPL";
