// SPDX-License-Identifier: GPL-2.0
/*
 * How long names of hosts take to be looked up, at the functions of the C library
 * that a program calls for it.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "gethostlatency.h"
#include "lib/elapsed.bpf.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"

const volatile struct gethostlatency_config config;

/* What a thread looks up. It stays for the thread's next one, which is cheaper than to remove it. */
struct lookup {
	__u64 began; /* 0: it is done */
	__u64 stack; /* its pointer at the call */
	const char *host;
	__u32 function;
	__u32 padding;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64); /* process and thread */
	__type(value, struct lookup);
} lookups SEC(".maps");

/*
 * One of these functions may call another, of which the caller knows nothing. Such a
 * call has its frame below that of the first one, or in its place where it is the last
 * thing that the first one does. Any other frame is of a call that never returned.
 */
static __always_inline int begin(struct pt_regs *regs, __u32 function)
{
	struct lookup lookup = {
		.stack = PT_REGS_SP(regs),
		.host = (const char *)PT_REGS_PARM1(regs),
		.function = function,
	};
	__u64 thread = bpf_get_current_pid_tgid();
	struct lookup *outer;

	if (!current_passes(&config.trace.filter))
		return 0;
	outer = bpf_map_lookup_elem(&lookups, &thread);
	if (outer && outer->began &&
	    (outer->stack > lookup.stack ||
	     (outer->stack == lookup.stack && outer->function != function)))
		return 0;
	lookup.began = bpf_ktime_get_ns();
	if (outer)
		*outer = lookup;
	else if (bpf_map_update_elem(&lookups, &thread, &lookup, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

#define LOOKUP(FUNCTION)                               \
	SEC("uprobe")                                  \
	int FUNCTION##_begin(struct pt_regs *regs)     \
	{                                              \
		return begin(regs, LOOKUP_##FUNCTION); \
	}

LOOKUP(getaddrinfo)
LOOKUP(gethostbyname)
LOOKUP(gethostbyname2)

/* The event has no place on the stack: see reserve_event(). */
static __always_inline void fill(struct gethostlatency_event *event, const struct lookup *lookup,
				 __u64 now, __u64 result)
{
	long size;

	event->duration_ns = elapsed(lookup->began, now);
	event->function = lookup->function;
	/* An int that says what went wrong, or a pointer to what was found. */
	event->failed = lookup->function == LOOKUP_getaddrinfo ? (int)result != 0 : !result;
	/* Not at the begin, when its page need not be in memory yet. */
	if (lookup->host) {
		size = bpf_probe_read_user_str(event->host, sizeof(event->host), lookup->host);
		event->has_host = size >= 0;
		if (size == sizeof(event->host))
			LEDGER_ADD(truncated);
	}
	fill_header(&config.trace, &event->header);
}

SEC("uretprobe")
int lookup_end(struct pt_regs *regs)
{
	__u64 thread = bpf_get_current_pid_tgid(), now = bpf_ktime_get_ns();
	struct lookup *lookup = bpf_map_lookup_elem(&lookups, &thread);
	struct gethostlatency_event *event;

	/* On return the stack pointer is back where it was, or above. */
	if (!lookup || !lookup->began || PT_REGS_SP(regs) < lookup->stack)
		return 0;
	LEDGER_ADD(seen);
	event = reserve_event(sizeof(*event));
	if (event) {
		__builtin_memset(event, 0, sizeof(*event));
		fill(event, lookup, now, PT_REGS_RC(regs));
		submit_event(&config.trace, event, sizeof(*event));
	}
	lookup->began = 0;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
