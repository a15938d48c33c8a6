// SPDX-License-Identifier: GPL-2.0
/* Queries that took a database server long. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "dbslower.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"

const volatile struct dbslower_config config;

struct query_record {
	struct dbslower_event event;
	char text[QUERY_SIZE];
};

static __always_inline int report_query(__u64 text, __u64 duration_ns)
{
	struct query_record *record;
	long size;

	LEDGER_ADD(seen);
	record = reserve_event(sizeof(*record));
	if (!record)
		return 0;
	__builtin_memset(&record->event, 0, sizeof(record->event));
	record->event.duration_ns = duration_ns;
	size = bpf_probe_read_user_str(record->text, sizeof(record->text), (const void *)text);
	if (size > 0) {
		record->event.has_text = 1;
		record->event.size = size - 1;
	}
	if (size == sizeof(record->text)) {
		record->event.cut = 1;
		LEDGER_ADD(truncated);
	}
	fill_header(&config.trace, &record->event.header);
	submit_event(&config.trace, record, sizeof(*record));
	return 0;
}

#include "lib/queries.bpf.h"

char LICENSE[] SEC("license") = "GPL";
