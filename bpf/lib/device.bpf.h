/* SPDX-License-Identifier: GPL-2.0 */
/* Network devices, and how many packets on the wire a packet stands for. */
#ifndef LIB_DEVICE_BPF_H
#define LIB_DEVICE_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "atomic.bpf.h"
#include "field.bpf.h"
#include "kernel_read.bpf.h"
#include "network.h"

static __always_inline bool device_passes(const volatile struct device_filter *filter,
					  struct net_device *device, const bool typed)
{
	const volatile __u64 *wanted = (const volatile __u64 *)filter->name;
	__u64 name[2];
	__u32 netns;

	FIELD_16(name, device, name);
	if (name[0] != wanted[0] || name[1] != wanted[1])
		return false;
	netns = typed ? device->nd_net.net->ns.inum : KERNEL_READ(device, nd_net.net, ns.inum);
	return netns == filter->netns;
}

/*
 * Packets come and go with soft interrupts held off. So what has the CPU in its key needs no
 * atomic, which costs 7 ns, where these cannot be preempted.
 */
#define PACKET_ADD(FILTER, COUNTER, NUMBER)          \
	do {                                         \
		if ((FILTER)->is_preemptible)        \
			ATOMIC_ADD(COUNTER, NUMBER); \
		else                                 \
			*(COUNTER) += (NUMBER);      \
	} while (0)

/* 0 of a packet that is not split. */
static __always_inline __u32 wire_segments(struct sk_buff *packet, const bool typed)
{
	struct skb_shared_info *info = (void *)(FIELD(packet, head) + FIELD(packet, end));

	return KERNEL_READ(info, gso_segs);
}

#endif
