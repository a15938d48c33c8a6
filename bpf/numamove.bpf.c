// SPDX-License-Identifier: GPL-2.0
/* Pages that are migrated to the NUMA node which uses them. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "numamove.h"

#define HISTOGRAM_KEY struct numamove_key
#define TOTALS_KEY    struct numamove_key
#define TOTALS_VALUE  struct numamove_totals

#include "lib/compat_memory.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/histogram.bpf.h"
#include "lib/totals.bpf.h"

const volatile struct numamove_config config;

/* When the migrations began that are under way, by thread. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, __u32);
	__type(value, __u64);
} begun SEC(".maps");

/* If it finds no room, it is not counted, or without its time where its end is enough. */
static __always_inline int begin_move(const bool end_is_enough)
{
	__u32 tid = bpf_get_current_pid_tgid();
	__u64 now;

	if (!current_passes(&config.trace.filter))
		return 0;
	now = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&begun, &tid, &now, BPF_ANY) && !end_is_enough) {
		LEDGER_ADD(seen);
		LEDGER_ADD(map_full);
	}
	return 0;
}

/* Since when this thread migrates; 0: that was not seen, or found no room. */
static __always_inline __u64 end_move(void)
{
	__u32 tid = bpf_get_current_pid_tgid();
	__u64 *known = bpf_map_lookup_elem(&begun, &tid), time;

	if (!known)
		return 0;
	time = *known;
	bpf_map_delete_elem(&begun, &tid);
	return time;
}

static __always_inline struct numamove_totals *totals_here(void)
{
	struct numamove_key key = { .cpu = bpf_get_smp_processor_id() };

	return totals_of(&key);
}

/* Counts a migration, of which the time may not be known. */
static __always_inline int count_move(__u64 began)
{
	__u64 now = bpf_ktime_get_ns(), nanoseconds = now > began ? now - began : 1;
	struct numamove_totals *totals;

	if (config.distribution) {
		if (began)
			histogram_add(nanoseconds / config.divisor);
		return 0;
	}
	totals = totals_here();
	if (!totals)
		return 0;
	ATOMIC_ADD(&totals->count, 1);
	if (!began)
		return 0;
	ATOMIC_ADD(&totals->timed, 1);
	ATOMIC_ADD(&totals->total_ns, nanoseconds);
	if (nanoseconds > totals->max_ns)
		totals->max_ns = nanoseconds;
	return 0;
}

static __always_inline bool is_misplaced(int reason)
{
	return reason == (int)bpf_core_enum_value(enum migrate_reason, MR_NUMA_MISPLACED);
}

static __always_inline void count_pages(__u64 *args)
{
	struct numamove_totals *totals;

	if (config.distribution)
		return;
	totals = totals_here();
	if (!totals)
		return;
	ATOMIC_ADD(&totals->pages, args[0]);
	ATOMIC_ADD(&totals->failed, args[1]);
}

/* The function, which also fails before it comes to the tracepoints. */
#define FUNCTION_HOOKS(FUNCTION)                      \
	SEC("fentry/" #FUNCTION)                      \
	int BPF_PROG(FUNCTION##_begins)               \
	{                                             \
		return begin_move(false);             \
	}                                             \
                                                      \
	SEC("fexit/" #FUNCTION)                       \
	int BPF_PROG(FUNCTION##_ends)                 \
	{                                             \
		__u64 began = end_move();             \
                                                      \
		return began ? count_move(began) : 0; \
	}

FUNCTION_HOOKS(migrate_misplaced_folio)
FUNCTION_HOOKS(migrate_misplaced_page)

/* What came of it. */
SEC("tp_btf/mm_migrate_pages")
int pages_moved(__u64 *args)
{
	if (is_misplaced(migrate_pages_reason(args)) && current_passes(&config.trace.filter))
		count_pages(args);
	return 0;
}

/* Those that do without the function; the first came later than the second. */
#define MIGRATION_HOOKS(KIND)                                                        \
	SEC(#KIND "/mm_migrate_pages_start")                                         \
	int KIND##_start(__u64 *args)                                                \
	{                                                                            \
		return is_misplaced(args[1]) ? begin_move(!config.distribution) : 0; \
	}                                                                            \
                                                                                     \
	SEC(#KIND "/mm_migrate_pages")                                               \
	int KIND##_end(__u64 *args)                                                  \
	{                                                                            \
		if (!is_misplaced(migrate_pages_reason(args)) ||                     \
		    !current_passes(&config.trace.filter))                           \
			return 0;                                                    \
		count_pages(args);                                                   \
		return count_move(end_move());                                       \
	}

MIGRATION_HOOKS(tp_btf)
MIGRATION_HOOKS(raw_tp)

char LICENSE[] SEC("license") = "GPL";
