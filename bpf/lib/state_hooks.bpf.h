/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LIB_STATE_HOOKS_BPF_H
#define LIB_STATE_HOOKS_BPF_H

#include <bpf/bpf_helpers.h>

#define STATE_HOOK(KIND, CHANGES, TYPED)                                                   \
	SEC(#KIND "/inet_sock_set_state")                                                  \
	int KIND##_set_state(__u64 *args)                                                  \
	{                                                                                  \
		return CHANGES((struct sock *)args[0], (int)args[1], (int)args[2], TYPED); \
	}

/* The programs that see a socket change its state, and call CHANGES(sock, from, to, typed). */
#define STATE_HOOKS(CHANGES)              \
	STATE_HOOK(tp_btf, CHANGES, true) \
	STATE_HOOK(raw_tp, CHANGES, false)

#endif
