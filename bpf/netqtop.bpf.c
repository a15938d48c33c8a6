// SPDX-License-Identifier: GPL-2.0
/* The packets of each queue of a network device, by their size. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "netqtop.h"

#define TOTALS_KEY   struct netqtop_key
#define TOTALS_VALUE struct netqtop_totals

#include "lib/device.bpf.h"
#include "lib/filter_pids.bpf.h"
#include "lib/totals.bpf.h"

const volatile struct netqtop_config config;

static __always_inline __u32 size_class(__u32 bytes)
{
	return (bytes >= 64) + (bytes >= 512) + (bytes >= 2048) + (bytes >= 16384) +
	       (bytes >= 65536);
}

static __always_inline int count_packet(struct sk_buff *packet, __u32 direction, __u32 queue,
					const bool typed)
{
	struct netqtop_key key = {
		.direction = direction,
		.cpu = bpf_get_smp_processor_id(),
		.queue = queue,
	};
	struct netqtop_totals *totals = totals_of(&key);
	__u32 bytes = FIELD(packet, len), segments = wire_segments(packet, typed);
	__u32 size = size_class(bytes);

	if (!totals)
		return 0;
	PACKET_ADD(&config.device, &totals->packets, 1);
	PACKET_ADD(&config.device, &totals->segments, segments ?: 1);
	PACKET_ADD(&config.device, &totals->bytes, bytes);
	if (size < NETQTOP_SIZES)
		PACKET_ADD(&config.device, &totals->sizes[size], 1);
	return 0;
}

#define PACKET_HOOKS(KIND, TYPED)                                                                 \
	SEC(#KIND "/net_dev_start_xmit")                                                          \
	int BPF_PROG(KIND##_transmit, struct sk_buff *packet, struct net_device *device)          \
	{                                                                                         \
		const bool typed = TYPED;                                                         \
                                                                                                  \
		if (!device_passes(&config.device, device, typed))                                \
			return 0;                                                                 \
		return count_packet(packet, NETQTOP_TRANSMIT, FIELD(packet, queue_mapping),       \
				    typed);                                                       \
	}                                                                                         \
                                                                                                  \
	SEC(#KIND "/netif_receive_skb")                                                           \
	int BPF_PROG(KIND##_receive, struct sk_buff *packet)                                      \
	{                                                                                         \
		const bool typed = TYPED;                                                         \
		__u32 recorded = FIELD(packet, queue_mapping);                                    \
                                                                                                  \
		if (!device_passes(&config.device, FIELD(packet, dev), typed))                    \
			return 0;                                                                 \
		/* 0 is none, which counts as the first (skb_get_rx_queue()). */                  \
		return count_packet(packet, NETQTOP_RECEIVE, recorded ? recorded - 1 : 0, typed); \
	}

PACKET_HOOKS(tp_btf, true)
PACKET_HOOKS(raw_tp, false)

char LICENSE[] SEC("license") = "GPL";
