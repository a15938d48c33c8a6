// SPDX-License-Identifier: GPL-2.0
/* The packets of each queue of a network device, by their size. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "netqtop.h"

#define TOTALS_KEY   struct netqtop_key
#define TOTALS_VALUE struct netqtop_totals

#include "lib/field.bpf.h"
#include "lib/filter_pids.bpf.h"
#include "lib/totals.bpf.h"

const volatile struct netqtop_config config;

/* A name belongs to one device of a network namespace only. */
static __always_inline bool device_passes(struct net_device *device, const bool typed)
{
	const volatile __u64 *wanted = (const volatile __u64 *)config.device;
	__u64 name[2];
	__u32 netns;

	if (typed) {
		name[0] = *(__u64 *)&device->name[0];
		name[1] = *(__u64 *)&device->name[8];
	} else {
		BPF_CORE_READ_INTO(&name, device, name);
	}
	if (name[0] != wanted[0] || name[1] != wanted[1])
		return false;
	netns = typed ? device->nd_net.net->ns.inum : BPF_CORE_READ(device, nd_net.net, ns.inum);
	return netns == config.netns;
}

static __always_inline __u32 size_class(__u32 bytes)
{
	return (bytes >= 64) + (bytes >= 512) + (bytes >= 2048) + (bytes >= 16384) +
	       (bytes >= 65536);
}

/* 0 of a packet that is not split. */
static __always_inline __u32 wire_segments(struct sk_buff *packet, const bool typed)
{
	struct skb_shared_info *info = (void *)(FIELD(packet, head) + FIELD(packet, end));

	return BPF_CORE_READ(info, gso_segs);
}

static __always_inline int count_packet(struct sk_buff *packet, __u32 direction, __u32 queue,
					const bool typed)
{
	struct netqtop_key key = { .direction = direction, .queue = queue };
	struct netqtop_totals *totals = totals_of(&key);
	__u32 bytes = FIELD(packet, len), segments = wire_segments(packet, typed);
	__u32 size = size_class(bytes);

	if (!totals) {
		LEDGER_ADD(seen);
		return 0;
	}
	ATOMIC_ADD(&totals->packets, 1);
	ATOMIC_ADD(&totals->segments, segments ?: 1);
	ATOMIC_ADD(&totals->bytes, bytes);
	if (size < NETQTOP_SIZES)
		ATOMIC_ADD(&totals->sizes[size], 1);
	return 0;
}

#define PACKET_HOOKS(KIND, TYPED)                                                                 \
	SEC(#KIND "/net_dev_start_xmit")                                                          \
	int BPF_PROG(KIND##_transmit, struct sk_buff *packet, struct net_device *device)          \
	{                                                                                         \
		const bool typed = TYPED;                                                         \
                                                                                                  \
		if (!device_passes(device, typed))                                                \
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
		if (!device_passes(FIELD(packet, dev), typed))                                    \
			return 0;                                                                 \
		/* 0 is none, which counts as the first (skb_get_rx_queue()). */                  \
		return count_packet(packet, NETQTOP_RECEIVE, recorded ? recorded - 1 : 0, typed); \
	}

PACKET_HOOKS(tp_btf, true)
PACKET_HOOKS(raw_tp, false)

char LICENSE[] SEC("license") = "GPL";
