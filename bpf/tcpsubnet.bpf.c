// SPDX-License-Identifier: GPL-2.0
/* What processes send and receive by TCP, by the first subnet of a list that has the other end. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tcpsubnet.h"

#define TOTALS_KEY   __u32
#define TOTALS_VALUE struct byte_totals

#include "lib/filter.bpf.h"
#include "lib/sock.bpf.h"
#include "lib/tcp_bytes.bpf.h"
#include "lib/totals.bpf.h"

const volatile struct tcpsubnet_config config;

/* The place of the subnet in the list, or its length where there is none. */
static __always_inline __u32 subnet_of(const struct endpoints *ends)
{
#pragma clang loop unroll(disable)
	for (__u32 index = 0; index < TCPSUBNET_LIST_SIZE; index++) {
		if (index >= config.count)
			break;
		if (subnet_has(&config.subnets[index], ends->destination, ends->version))
			return index;
	}
	return config.count;
}

static __always_inline int count_bytes(struct sock *sock, int bytes, bool is_sent, const bool typed)
{
	struct endpoints ends __attribute__((aligned(8)));
	struct byte_totals *totals;
	__u32 index;

	if (!current_passes(&config.trace.filter) || !read_endpoints(sock, &ends, typed) ||
	    !network_passes(&config.network, sock, &ends, typed))
		return 0;
	index = subnet_of(&ends);
	if (index >= config.count)
		return 0;
	totals = totals_of(&index);
	if (!totals)
		return 0;
	add_bytes(totals, bytes, is_sent);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
