// SPDX-License-Identifier: GPL-2.0
/*
 * What a network device receives and sends, by the ends and the protocol of each packet. The
 * programs at the device itself read the packet in place; they let every packet go on.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "xdptop.h"

#define TOTALS_KEY     struct xdptop_key
#define TOTALS_VALUE   struct xdptop_totals
#define TOTALS_ENTRIES 32768

#include "lib/device.bpf.h"
#include "lib/filter_pids.bpf.h"
#include "lib/packet.bpf.h"
#include "lib/ports.bpf.h"
#include "lib/totals.bpf.h"

const volatile struct xdptop_config config;

/* linux/bpf.h of 6.6 */
#define TCX_NEXT      (-1)

/* More than any header that is looked at ends at, but for those with many extensions. */
#define USUAL_HEADERS 128

static __always_inline bool is_wanted(const struct packet_headers *headers)
{
	const struct endpoints *ends = &headers->ends;

	if (config.version && config.version != ends->version)
		return false;
	if (config.ethertype && config.ethertype != headers->ethertype)
		return false;
	if (config.ip_protocol && (!ends->version || config.ip_protocol != headers->protocol))
		return false;
	if (!config.ports.count)
		return true;
	return headers->has_ports && (port_passes(&config.ports, ends->source_port) ||
				      port_passes(&config.ports, ends->destination_port));
}

static __always_inline void fill_key(struct xdptop_key *key, const struct packet_headers *headers)
{
	const struct endpoints *ends = &headers->ends;

	if (config.distinct & XDPTOP_PROTOCOL) {
		key->ethertype = headers->ethertype;
		key->ip_protocol = headers->protocol;
	}
	if (config.distinct & (XDPTOP_SOURCE | XDPTOP_DESTINATION))
		key->endpoints.version = ends->version;
	if (config.distinct & XDPTOP_SOURCE)
		__builtin_memcpy(key->endpoints.source, ends->source, sizeof(ends->source));
	if (config.distinct & XDPTOP_DESTINATION)
		__builtin_memcpy(key->endpoints.destination, ends->destination,
				 sizeof(ends->destination));
	if (config.distinct & XDPTOP_PORTS) {
		key->has_ports = headers->has_ports;
		key->endpoints.source_port = ends->source_port;
		key->endpoints.destination_port = ends->destination_port;
	}
}

/* Each segment that a device makes of a packet has the headers of the whole. */
static __always_inline void count_packet(const struct packet_headers *headers, __u32 direction,
					 __u32 bytes, __u32 segments)
{
	struct xdptop_key key = { .direction = direction, .cpu = bpf_get_smp_processor_id() };
	struct xdptop_totals *totals;

	if (!is_wanted(headers))
		return;
	if (segments > 1)
		bytes += (segments - 1) * (config.link_size + headers->size);
	fill_key(&key, headers);
	totals = totals_of(&key);
	if (!totals)
		return;
	PACKET_ADD(&config.device, &totals->packets, segments ?: 1);
	PACKET_ADD(&config.device, &totals->bytes, bytes);
}

#define DATA(CONTEXT)	  ((void *)(long)(CONTEXT)->data)
#define DATA_END(CONTEXT) ((void *)(long)(CONTEXT)->data_end)

/* What comes from a virtual machine or a packet socket has not been counted yet. */
static __always_inline __u32 segments_of(const struct __sk_buff *packet,
					 const struct packet_headers *headers)
{
	__u32 size = packet->gso_size, before = config.link_size + headers->size;

	if (packet->gso_segs || !size || packet->len <= before)
		return packet->gso_segs;
	return (packet->len - before + size - 1) / size;
}

static __always_inline int look(struct __sk_buff *packet, __u32 direction)
{
	struct packet_headers headers = {};
	struct packet_bytes bytes;

	if (!(config.directions & direction))
		return TCX_NEXT;
	/* Some drivers leave the headers in pages; the kernel's protocols pull them too. */
	if (DATA(packet) + USUAL_HEADERS > DATA_END(packet) &&
	    packet->len > packet->data_end - packet->data)
		bpf_skb_pull_data(packet,
				  packet->len < USUAL_HEADERS ? packet->len : USUAL_HEADERS);
	bytes.at = DATA(packet);
	bytes.end = DATA_END(packet);
	headers.ethertype = bpf_ntohs(packet->protocol);
	if (take_link(&bytes, config.link_size, &headers, true))
		take_headers(&bytes, &headers, true);
	count_packet(&headers, direction, packet->len, segments_of(packet, &headers));
	return TCX_NEXT;
}

SEC("tc")
int received(struct __sk_buff *packet)
{
	return look(packet, XDPTOP_RECEIVED);
}

SEC("tc")
int sent(struct __sk_buff *packet)
{
	return look(packet, XDPTOP_SENT);
}

SEC("xdp")
int arrived(struct xdp_md *packet)
{
	struct packet_bytes bytes = { DATA(packet), DATA_END(packet) };
	struct packet_headers headers = {};

	if (take_link(&bytes, config.link_size, &headers, true))
		take_headers(&bytes, &headers, true);
	count_packet(&headers, XDPTOP_RECEIVED, packet->data_end - packet->data, 1);
	return XDP_PASS;
}

static __always_inline void look_from_afar(struct sk_buff *packet, __u32 direction, __u32 bytes,
					   const bool typed)
{
	struct packet_headers headers = {};

	read_packet(packet, &headers);
	count_packet(&headers, direction, bytes, wire_segments(packet, typed));
}

#define PACKET_HOOKS(KIND, TYPED)                                                        \
	SEC(#KIND "/net_dev_start_xmit")                                                 \
	int BPF_PROG(KIND##_transmit, struct sk_buff *packet, struct net_device *device) \
	{                                                                                \
		const bool typed = TYPED;                                                \
                                                                                         \
		if (config.directions & XDPTOP_SENT &&                                   \
		    device_passes(&config.device, device, typed))                        \
			look_from_afar(packet, XDPTOP_SENT, FIELD(packet, len), typed);  \
		return 0;                                                                \
	}                                                                                \
                                                                                         \
	/* The header of the link is no longer part of what is received. */              \
	SEC(#KIND "/netif_receive_skb")                                                  \
	int BPF_PROG(KIND##_receive, struct sk_buff *packet)                             \
	{                                                                                \
		const bool typed = TYPED;                                                \
                                                                                         \
		if (config.directions & XDPTOP_RECEIVED &&                               \
		    device_passes(&config.device, FIELD(packet, dev), typed))            \
			look_from_afar(packet, XDPTOP_RECEIVED,                          \
				       FIELD(packet, len) + config.link_size, typed);    \
		return 0;                                                                \
	}

PACKET_HOOKS(tp_btf, true)
PACKET_HOOKS(raw_tp, false)

char LICENSE[] SEC("license") = "GPL";
