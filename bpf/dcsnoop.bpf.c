// SPDX-License-Identifier: GPL-2.0
/* Names that are looked up and not in the dentry cache, or all that are looked up. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "dcsnoop.h"
#include "lib/events.bpf.h"
#include "lib/kernel_read.bpf.h"

const volatile struct dcsnoop_config config;

struct record {
	struct dcsnoop_event event;
	char name[LOOKUP_NAME_SIZE];
};

static __noinline int report(struct qstr *name, bool is_miss)
{
	struct record *record;
	__u32 length = KERNEL_READ(name, len);

	LEDGER_ADD(seen);
	record = reserve_event(sizeof(*record));
	if (!record)
		return 0;
	fill_header(&config.trace, &record->event.header);
	record->event.is_miss = is_miss;
	/* No name of a file is longer. */
	length &= LOOKUP_NAME_SIZE - 1;
	record->event.size = length;
	__builtin_memset(record->name, 0, sizeof(record->name));
	bpf_probe_read_kernel(record->name, length, KERNEL_READ(name, name));
	submit_event(&config.trace, record, sizeof(*record));
	return 0;
}

static __always_inline void looks_up(struct qstr *name, bool is_slow)
{
	if (config.all)
		report(name, false);
}

static __always_inline void misses(struct qstr *name)
{
	report(name, true);
}

#include "lib/dcache.bpf.h"

char LICENSE[] SEC("license") = "GPL";
