// SPDX-License-Identifier: GPL-2.0
/*
 * Lines that a user typed, at two functions of GNU Readline. A call of readline() lasts as
 * long as somebody types, and the return of one that had begun before the probe is not seen.
 * So the function that it calls last is probed too, which some compilers make a part of it.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bashreadline.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"

const volatile struct bashreadline_config config;

struct line_record {
	struct bashreadline_event event;
	char line[READLINE_LINE_SIZE];
};

/* The line of a thread that was reported at the inner function. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64); /* process and thread */
	__type(value, __u64); /* its address */
} reported SEC(".maps");

static __always_inline bool is_bash(void)
{
	char comm[COMM_SIZE];

	return !bpf_get_current_comm(comm, sizeof(comm)) && comm[0] == 'b' && comm[1] == 'a' &&
	       comm[2] == 's' && comm[3] == 'h' && !comm[4];
}

static __always_inline void report(const char *line)
{
	struct line_record *record = reserve_event(sizeof(*record));
	long size;

	if (!record)
		return;
	__builtin_memset(&record->event, 0, sizeof(record->event));
	size = bpf_probe_read_user_str(record->line, sizeof(record->line), line);
	if (size > 0)
		record->event.size = size - 1;
	if (size < 0 || size == sizeof(record->line)) {
		record->event.cut = 1;
		LEDGER_ADD(truncated);
	}
	fill_header(&config.trace, &record->event.header);
	submit_event(&config.trace, record, sizeof(*record));
}

static __always_inline int end_line(struct pt_regs *regs, bool is_library, bool is_inner)
{
	__u64 line = PT_REGS_RC(regs), thread = bpf_get_current_pid_tgid(), *told;

	if (!current_passes(&config.trace.filter))
		return 0;
	if (is_library && !config.every && !is_bash())
		return 0;
	if (is_inner) {
		if (bpf_map_update_elem(&reported, &thread, &line, BPF_ANY))
			LEDGER_ADD(map_full);
	} else {
		told = bpf_map_lookup_elem(&reported, &thread);
		if (told && *told == line) {
			bpf_map_delete_elem(&reported, &thread);
			return 0;
		}
	}
	/* At the end of input there is none. */
	if (!line)
		return 0;
	LEDGER_ADD(seen);
	report((const char *)line);
	return 0;
}

#define LINE_END(NAME, IS_LIBRARY, IS_INNER)                 \
	SEC("uretprobe")                                     \
	int NAME(struct pt_regs *regs)                       \
	{                                                    \
		return end_line(regs, IS_LIBRARY, IS_INNER); \
	}

LINE_END(line_ends, false, true)
LINE_END(line_returns, false, false)
LINE_END(library_line_ends, true, true)
LINE_END(library_line_returns, true, false)

char LICENSE[] SEC("license") = "GPL";
