// SPDX-License-Identifier: GPL-2.0
/*
 * DNS messages as the sockets of all control groups send and receive them, in every network
 * namespace. A response is joined to its query by the socket and the message's number; where
 * the server is here, by the client's address too. The client's is not: the address of its
 * server may be translated between the two.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "dnssnoop.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/kernel_read.bpf.h"
#include "lib/ports.bpf.h"
#include "dnssnoop.bpf.h"

/* RFC 1035, 4.1.1 */
#define DNS_HEADER_SIZE 12
#define DNS_IS_RESPONSE 0x80

const volatile struct dnssnoop_config config;

struct dns_exchange {
	__u64 socket; /* its cookie */
	__u8 client[16];
	__u16 client_port;
	__u16 id;
	__u32 padding;
};

/* Who sent a message, where that is known, and when. */
struct dns_sender {
	struct event_header header;
	__u32 netns;
	__u32 padding;
};

/* Queries that have no response yet. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct dns_exchange);
	__type(value, struct dns_sender);
} open_queries SEC(".maps");

struct dns_record {
	struct dnssnoop_event event;
	__u8 message[DNS_MESSAGE_SIZE];
};

struct dns_packet {
	struct socket_packet packet;
	__u32 start; /* of the message */
	__u16 size;
	__u16 id;
	bool is_response;
	bool is_served; /* the server is on this side */
};

static __always_inline bool find_message(struct __sk_buff *packet, struct dns_packet *dns)
{
	__u8 bytes[DNS_HEADER_SIZE] = {};
	__u32 size;

	dns->start = dns->packet.data;
	if (dns->packet.protocol == IPPROTO_TCP) {
		/* RFC 7766: the size comes first. What follows in other segments is not seen. */
		if (bpf_skb_load_bytes(packet, dns->start, bytes, 2))
			return false;
		dns->start += 2;
	}
	if (bpf_skb_load_bytes(packet, dns->start, bytes, sizeof(bytes)))
		return false;
	size = packet->len - dns->start;
	dns->size = size > 65535 ? 65535 : size;
	dns->id = bytes[0] << 8 | bytes[1];
	dns->is_response = bytes[2] & DNS_IS_RESPONSE;
	return true;
}

/* Before the message is read: the program sees every packet of every socket. */
static __always_inline bool is_of_server(const struct endpoints *ends)
{
	return port_passes(&config.ports, ends->destination_port) ||
	       port_passes(&config.ports, ends->source_port);
}

/* The client is the source of what user space sees. */
static __always_inline void describe_ends(const struct dns_packet *dns, struct endpoints *ends)
{
	const struct endpoints *found = &dns->packet.ends;

	*ends = *found;
	if (!dns->is_response)
		return;
	__builtin_memcpy(ends->source, found->destination, sizeof(ends->source));
	__builtin_memcpy(ends->destination, found->source, sizeof(ends->destination));
	ends->source_port = found->destination_port;
	ends->destination_port = found->source_port;
}

static __always_inline void report(struct __sk_buff *packet, const struct dns_packet *dns,
				   const struct dns_sender *sender, __u64 latency_ns, __u32 kind)
{
	struct dns_record *record;
	__u32 last = dns->size - 1; /* there is a header at least */

	LEDGER_ADD(seen);
	record = reserve_event(sizeof(*record));
	if (!record)
		return;
	__builtin_memset(&record->event, 0, sizeof(record->event));
	record->event.header = sender->header;
	record->event.netns = sender->netns;
	record->event.header.time_ns = bpf_ktime_get_ns();
	record->event.header.cpu = bpf_get_smp_processor_id();
	if (config.trace.identity)
		record->event.header.cgroup_id = bpf_skb_cgroup_id(packet);
	describe_ends(dns, &record->event.endpoints);
	record->event.latency_ns = latency_ns;
	record->event.kind = kind;
	record->event.size = dns->size;
	record->event.is_tcp = dns->packet.protocol == IPPROTO_TCP;
	record->event.is_served = dns->is_served;
	/* Or the compiler compares what the verifier does not remember. */
	asm volatile("" : "+r"(last));
	if (last >= DNS_MESSAGE_SIZE)
		last = DNS_MESSAGE_SIZE - 1;
	if (!bpf_skb_load_bytes(packet, dns->start, record->message, last + 1))
		record->event.taken = last + 1;
	submit_event(&config.trace, record, sizeof(*record));
}

/* Whether what is of no known task is left out. */
static __always_inline bool is_filtered(void)
{
	return config.trace.filter.enabled || config.network.netns;
}

/*
 * Describes the task that sends, which is the running one where UDP sends; TCP may send
 * in an interrupt. False where it is not traced.
 */
static __always_inline bool describe_sender(const struct dns_packet *dns, struct dns_sender *sender)
{
	struct event_header *header = &sender->header;
	struct task_struct *task;

	if (dns->packet.protocol != IPPROTO_UDP)
		return !is_filtered();
	task = (void *)bpf_get_current_task();
	if (!task_passes(&config.trace.filter, task, false))
		return false;
	sender->netns = KERNEL_READ(task, nsproxy, net_ns, ns.inum);
	if (config.network.netns && config.network.netns != sender->netns)
		return false;
	fill_task_header(&config.trace, header, task);
	if (config.trace.identity) {
		header->ppid = task_ppid(task, config.trace.pid_namespace);
		header->mntns = KERNEL_READ(task, nsproxy, mnt_ns, ns.inum);
	}
	return true;
}

static __always_inline void begin_exchange(struct __sk_buff *packet, const struct dns_packet *dns,
					   const struct dns_exchange *exchange)
{
	struct dns_sender sender = {};

	if (!dns->is_served && !describe_sender(dns, &sender))
		return;
	sender.header.time_ns = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&open_queries, exchange, &sender, BPF_ANY))
		LEDGER_ADD(map_full);
	if (config.queries)
		report(packet, dns, &sender, 0, DNS_QUERY);
}

static __always_inline void end_exchange(struct __sk_buff *packet, const struct dns_packet *dns,
					 const struct dns_exchange *exchange)
{
	struct dns_sender *query = bpf_map_lookup_elem(&open_queries, exchange), sender = {};
	__u64 latency_ns = 0;

	if (query) {
		sender = *query;
		latency_ns = bpf_ktime_get_ns() - sender.header.time_ns;
		bpf_map_delete_elem(&open_queries, exchange);
	}
	if (dns->is_served ? !describe_sender(dns, &sender) : !query && is_filtered())
		return;
	if (latency_ns < config.least_ns)
		return;
	report(packet, dns, &sender, latency_ns, query ? DNS_RESPONSE : DNS_LONE_RESPONSE);
}

static __always_inline void follow(struct __sk_buff *packet, bool is_outgoing)
{
	struct dns_exchange exchange = {};
	struct dns_packet dns = {};
	const struct endpoints *ends = &dns.packet.ends;

	if (!read_socket_packet(packet, &dns.packet) || !is_of_server(ends))
		return;
	if (config.network.version && config.network.version != ends->version)
		return;
	if (!find_message(packet, &dns))
		return;
	if (!port_passes(&config.ports,
			 dns.is_response ? ends->source_port : ends->destination_port))
		return;
	dns.is_served = is_outgoing == dns.is_response;
	if (dns.is_served && !config.served)
		return;
	exchange.socket = bpf_get_socket_cookie(packet);
	exchange.id = dns.id;
	if (dns.is_served) {
		__builtin_memcpy(exchange.client, is_outgoing ? ends->destination : ends->source,
				 sizeof(exchange.client));
		exchange.client_port = is_outgoing ? ends->destination_port : ends->source_port;
	}
	if (dns.is_response)
		end_exchange(packet, &dns, &exchange);
	else
		begin_exchange(packet, &dns, &exchange);
}

/* A packet goes on whatever the program returns but 0. */
SEC("cgroup_skb/egress")
int sends(struct __sk_buff *packet)
{
	follow(packet, true);
	return 1;
}

SEC("cgroup_skb/ingress")
int receives(struct __sk_buff *packet)
{
	follow(packet, false);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
