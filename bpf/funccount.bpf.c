// SPDX-License-Identifier: GPL-2.0
/*
 * How often functions are called, or tracepoints and USDT probes passed. Which is said when
 * the tool runs: each probe has the number of its name as its cookie.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "funccount.h"

const volatile struct funccount_config config;

#define TALLY_KINDS config.kinds

#include "lib/filter.bpf.h"
#include "lib/tally.bpf.h"

/* Kernels before 5.15 have no cookies, and one place there. */
static __always_inline int at_place(void *context)
{
	__u64 kind = config.kinds > 1 ? bpf_get_attach_cookie(context) : 0;

	if (config.one_cpu && bpf_get_smp_processor_id() != config.cpu)
		return 0;
	if (!current_passes(&config.trace.filter))
		return 0;
	if (kind < config.kinds)
		tally_kind(kind, 0);
	return 0;
}

#include "lib/any_place.bpf.h"

char LICENSE[] SEC("license") = "GPL";
