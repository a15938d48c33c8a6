// SPDX-License-Identifier: GPL-2.0
/* Packets of any protocol that the kernel drops. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "dropsnoop.h"

static __always_inline bool is_wanted(const struct drop_event *event)
{
	return true;
}

#include "lib/drops.bpf.h"

char LICENSE[] SEC("license") = "GPL";
