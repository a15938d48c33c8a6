/* SPDX-License-Identifier: GPL-2.0 */
/* Whose a connection is, for what happens to it in an interrupt. */
#ifndef OWNERS_BPF_H
#define OWNERS_BPF_H

#include "floor.bpf.h"

/* net/tcp_states.h */
#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT	2
#define TCP_SYN_RECV	3
#define TCP_FIN_WAIT1	4
#define TCP_CLOSE	7
#define TCP_LAST_ACK	9
#define TCP_LISTEN	10

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct sock *);
	__type(value, struct who);
} owners SEC(".maps");

/* The running task has the socket from now on. */
static __always_inline void own(struct who *owner, struct sock *key)
{
	describe(owner);
	bpf_map_update_elem(&owners, &key, owner, BPF_ANY);
}

#endif
