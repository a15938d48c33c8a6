/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs for any place that a user can name, which all do the same (ProbeSet.Programs.same).
 * Before a program includes this file, it declares or defines
 *
 *   static int at_place(void *context)
 */
#ifndef LIB_ANY_PLACE_BPF_H
#define LIB_ANY_PLACE_BPF_H

#include <bpf/bpf_helpers.h>

/* Attached to functions of the kernel and of programs, their returns, and USDT probes. */
SEC("kprobe")
int at_probe(void *context)
{
	return at_place(context);
}

/* Attached to many functions of the kernel, or their returns, by one link. */
SEC("kprobe.multi")
int at_probes(void *context)
{
	return at_place(context);
}

SEC("tracepoint")
int at_tracepoint(void *context)
{
	return at_place(context);
}

SEC("fentry/function")
int at_fentry(void *context)
{
	return at_place(context);
}

SEC("fexit/function")
int at_fexit(void *context)
{
	return at_place(context);
}

#endif
