// SPDX-License-Identifier: GPL-2.0
/* What processes send and receive by TCP, by connection. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tcptop.h"

#define TOTALS_KEY   struct tcptop_key
#define TOTALS_VALUE struct byte_totals

#include "lib/event_header.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/sock.bpf.h"
#include "lib/tcp_bytes.bpf.h"
#include "lib/totals.bpf.h"

const volatile struct tcptop_config config;

static __always_inline int count_bytes(struct sock *sock, int bytes, bool is_sent, const bool typed)
{
	struct byte_totals *totals;
	struct task_struct *task;
	struct tcptop_key key __attribute__((aligned(8))) = {};

	if (!current_passes(&config.trace.filter) || !read_endpoints(sock, &key.endpoints, typed) ||
	    !network_passes(&config.network, sock, &key.endpoints, typed))
		return 0;
	task = current_task();
	key.pid = current_process(task, config.trace.pid_namespace);
	key.netns = socket_netns(sock, typed);
	copy_current_comm(key.comm, task);
	totals = totals_of(&key);
	if (!totals)
		return 0;
	add_bytes(totals, bytes, is_sent);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
