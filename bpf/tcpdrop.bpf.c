// SPDX-License-Identifier: GPL-2.0
/* TCP packets that the kernel drops. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "tcpdrop.h"
#include "lib/sock.bpf.h"

static __always_inline bool is_wanted(const struct drop_event *event)
{
	return event->ip_protocol == IPPROTO_TCP && event->has_ports;
}

#include "lib/drops.bpf.h"

char LICENSE[] SEC("license") = "GPL";
