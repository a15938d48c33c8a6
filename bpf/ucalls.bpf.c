// SPDX-License-Identifier: GPL-2.0
/*
 * How often methods of programs are called, and how long they take: by the probes of the
 * language that they are written in. With them system calls, on request.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "ucalls.h"
#include "tally.h"

#define TOTALS_KEY   struct ucalls_key
#define TOTALS_VALUE struct tally

const volatile struct ucalls_config config;

/* Among the calls are those that end their task. */
#define CALL_STARTS_TYPE BPF_MAP_TYPE_LRU_HASH
#include "lib/call_starts.bpf.h"
#include "lib/elapsed.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/language.bpf.h"
#include "lib/syscall.bpf.h"
#include "lib/totals.bpf.h"

/* How many methods that never returned are looked for at a return. */
#define MOST_THROWN 32

/* How deep in methods a thread is. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64); /* process and thread */
	__type(value, __u64);
} depths SEC(".maps");

struct level {
	__u64 thread;
	__u64 depth;
};

struct begin {
	__u64 method; /* a hash of its name */
	__u64 time_ns;
};

/* The methods that threads are in. What is deeper than a thread is now is of the past. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct level);
	__type(value, struct begin);
} begins SEC(".maps");

static __always_inline void count_time(const struct ucalls_key *key, __u64 nanoseconds)
{
	struct tally *tally = totals_of(key);

	if (!tally)
		return;
	ATOMIC_ADD(&tally->count, 1);
	if (nanoseconds)
		ATOMIC_ADD(&tally->total_ns, nanoseconds);
}

static __always_inline __u64 hash_of(const struct ucalls_key *key)
{
	const __u64 *words = (const void *)key;
	__u64 hash = 0;

#pragma clang loop unroll(full)
	for (__u32 index = 0; index < sizeof(*key) / sizeof(*words); index++) {
		hash = (hash ^ words[index]) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 32;
	}
	return hash;
}

static __always_inline void note_begin(__u64 method)
{
	struct begin begin = { method, bpf_ktime_get_ns() };
	struct level level = { .thread = bpf_get_current_pid_tgid() };
	__u64 *depth = bpf_map_lookup_elem(&depths, &level.thread), first = 1;

	if (depth)
		level.depth = (*depth)++;
	else if (bpf_map_update_elem(&depths, &level.thread, &first, BPF_ANY))
		LEDGER_ADD(map_full);
	if (bpf_map_update_elem(&begins, &level, &begin, BPF_ANY))
		LEDGER_ADD(map_full);
}

/*
 * When the method began that returns now; 0: that was not seen. Those that it called and that
 * have not returned, as where an exception ended them, are over.
 */
static __always_inline __u64 take_begin(__u64 method)
{
	struct level level = { .thread = bpf_get_current_pid_tgid() };
	__u64 *depth = bpf_map_lookup_elem(&depths, &level.thread), deepest;

	if (!depth)
		return 0;
	deepest = *depth;
#pragma clang loop unroll(disable)
	for (__u32 step = 1; step <= MOST_THROWN; step++) {
		struct begin *begin;

		if (step > deepest)
			break;
		level.depth = deepest - step;
		begin = bpf_map_lookup_elem(&begins, &level);
		if (!begin || begin->method != method)
			continue;
		*depth = level.depth;
		return begin->time_ns;
	}
	return 0;
}

static __always_inline void read_names(struct ucalls_key *key, void *registers,
				       const struct language_place *place)
{
	count_cut(read_language_text(key->class, UCALLS_NAME_SIZE, registers, place,
				     LANGUAGE_CLASS),
		  UCALLS_NAME_SIZE);
	count_cut(read_language_text(key->method, UCALLS_NAME_SIZE, registers, place,
				     LANGUAGE_METHOD),
		  UCALLS_NAME_SIZE);
}

/* The filter is not asked from where the names are: the verifier adds up all frames. */
static __noinline int meet_method(void *registers, const struct language_place *place)
{
	struct ucalls_key key = {};

	if (!registers || !place)
		return 0;
	read_names(&key, registers, place);
	if (config.latency)
		note_begin(hash_of(&key));
	else
		count_time(&key, 0);
	return 0;
}

static __noinline int leave_method(void *registers, const struct language_place *place)
{
	struct ucalls_key key = {};
	__u64 began;

	if (!registers || !place)
		return 0;
	read_names(&key, registers, place);
	began = take_begin(hash_of(&key));
	if (began)
		count_time(&key, elapsed(began, bpf_ktime_get_ns()));
	return 0;
}

static __always_inline int method_begins(void *registers, const struct language_place *place)
{
	return current_passes(&config.trace.filter) ? meet_method(registers, place) : 0;
}

static __always_inline int method_ends(void *registers, const struct language_place *place)
{
	return current_passes(&config.trace.filter) ? leave_method(registers, place) : 0;
}

LANGUAGE_PROGRAM(method_begins, 0, 0)
LANGUAGE_PROGRAM(method_begins, 0, 1)
LANGUAGE_PROGRAM(method_ends, 1, 0)
LANGUAGE_PROGRAM(method_ends, 1, 1)

static __always_inline int syscall_begins(long number)
{
	struct call_start start = { bpf_ktime_get_ns(), number };
	__u32 tid = bpf_get_current_pid_tgid();

	if (current_passes(&config.trace.filter) &&
	    bpf_map_update_elem(&call_starts, &tid, &start, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

static __noinline int count_syscall(__u32 number, __u64 nanoseconds)
{
	struct ucalls_key key = { .is_syscall = 1, .number = number };

	count_time(&key, nanoseconds);
	return 0;
}

static __always_inline int syscall_ends(long number, long result)
{
	__u64 began = 0;

	if (number < 0 || !current_passes(&config.trace.filter) || syscall_is_compat())
		return 0;
	if (config.latency) {
		began = call_started(number);
		if (!began)
			return 0;
	}
	/* A new task comes out of the call that made it, as its maker does. */
	if (!result && syscall_makes_task(number, false))
		return 0;
	return count_syscall(number, began ? elapsed(began, bpf_ktime_get_ns()) : 0);
}

#include "lib/every_syscall.bpf.h"

char LICENSE[] SEC("license") = "GPL";
