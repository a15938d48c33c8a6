// SPDX-License-Identifier: GPL-2.0
/* How long threads wait for locks of the kernel and hold them, by who acquires them. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "klockstat.h"

#define STACK_KEY    __u64
#define TOTALS_KEY   struct lock_times_key
#define TOTALS_VALUE struct lock_totals
#define TOTALS_SET   stack_set

#include "lib/elapsed.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/stack_scratch.bpf.h"
#include "lib/totals.bpf.h"

const volatile struct klockstat_config config;

/* What is under way of a thread, or of a CPU where locks spin. */
struct lock_key {
	__u64 lock; /* 0: where the end of a wait does not say which */
	__u32 task;
	__u32 is_try;
};

struct lock_wait {
	__u64 since;
	__u64 lock;
	__u64 stack;
	__u32 kind;
	__u32 is_held; /* it is acquired, and since then */
};

/* The oldest make room: a lock can be released by another thread than has acquired it. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct lock_key);
	__type(value, struct lock_wait);
} lock_waits SEC(".maps");

/* Where both ends of a wait say which lock, it becomes a hold where it stands. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct lock_key);
	__type(value, struct lock_wait);
} lock_holds SEC(".maps");

/* The number of the stack that acquires a lock. */
static __always_inline __u64 take_acquirer(void *context)
{
	struct stack_scratch *scratch;
	__u64 user;

	scratch = begin_scratch(&user);
	if (!scratch)
		return 0;
	return end_scratch(scratch, user, read_stack(context, &config.stacks, &scratch->frames, 0));
}

static __always_inline bool lock_passes(__u64 lock)
{
	return (!config.lock || lock == config.lock) && current_passes(&config.trace.filter);
}

static __always_inline int count_time(struct lock_totals *totals, const bool is_hold, __u64 lock,
				      __u64 nanoseconds)
{
	struct lock_times *times = is_hold ? &totals->hold : &totals->wait;

	ATOMIC_ADD(&times->count, 1);
	ATOMIC_ADD(&times->total_ns, nanoseconds);
	/* Two CPUs may race for it; the lesser of the two can win. */
	if (nanoseconds > times->max_ns || !times->lock) {
		__u64 ids = current_ids(config.trace.pid_namespace);

		times->max_ns = nanoseconds;
		times->lock = lock;
		times->pid = ids >> 32;
		times->tid = ids;
		bpf_get_current_comm(times->comm, sizeof(times->comm));
	}
	return 0;
}

static __always_inline struct lock_totals *lock_totals(const struct lock_wait *wait)
{
	struct lock_times_key key = { .stack = wait->stack, .kind = wait->kind };

	if (config.per_thread)
		key.tid = current_ids(config.trace.pid_namespace);
	return totals_of(&key);
}

static __noinline int begin_wait(void *context, const struct lock_key *key, __u64 lock, __u32 kind,
				 bool becomes_hold)
{
	struct lock_wait wait = { .lock = lock, .kind = kind };

	if (!config.per_thread)
		wait.stack = take_acquirer(context);
	wait.since = bpf_ktime_get_ns();
	if (becomes_hold ? bpf_map_update_elem(&lock_holds, key, &wait, BPF_ANY)
			 : bpf_map_update_elem(&lock_waits, key, &wait, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

/* The lock is acquired: a wait ends, which can have been short, and the thread holds it. */
static __noinline int begin_hold(const struct lock_wait *wait)
{
	struct lock_key key = { .task = (__u32)bpf_get_current_pid_tgid() };
	struct lock_wait hold = {};
	struct lock_totals *totals;
	__u64 now = bpf_ktime_get_ns();

	totals = lock_totals(wait);
	if (totals)
		count_time(totals, false, wait->lock, elapsed(wait->since, now));
	key.lock = wait->lock;
	hold.lock = wait->lock;
	hold.stack = wait->stack;
	hold.kind = wait->kind;
	hold.is_held = 1;
	hold.since = now;
	if (bpf_map_update_elem(&lock_holds, &key, &hold, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

/* Where the end of the wait does not say for which lock it was. */
static __always_inline int end_wait(bool acquired)
{
	struct lock_key key = { .task = (__u32)bpf_get_current_pid_tgid() };
	struct lock_wait *found = bpf_map_lookup_elem(&lock_waits, &key), wait;

	if (!found)
		return 0;
	__builtin_memcpy(&wait, found, sizeof(wait));
	bpf_map_delete_elem(&lock_waits, &key);
	return acquired ? begin_hold(&wait) : 0;
}

static __noinline int turn_into_hold(__u64 lock, bool acquired)
{
	struct lock_key key = { .lock = lock, .task = (__u32)bpf_get_current_pid_tgid() };
	struct lock_wait *wait = bpf_map_lookup_elem(&lock_holds, &key);
	struct lock_totals *totals;
	__u64 now;

	if (!wait || wait->is_held)
		return 0;
	if (!acquired) {
		bpf_map_delete_elem(&lock_holds, &key);
		return 0;
	}
	now = bpf_ktime_get_ns();
	totals = lock_totals(wait);
	if (totals)
		count_time(totals, false, lock, elapsed(wait->since, now));
	wait->since = now;
	wait->is_held = 1;
	return 0;
}

static __always_inline int acquire(void *context, __u64 lock, __u32 kind, bool tells_lock)
{
	struct lock_key key = {
		.lock = tells_lock ? lock : 0,
		.task = (__u32)bpf_get_current_pid_tgid(),
	};

	return lock_passes(lock) ? begin_wait(context, &key, lock, kind, tells_lock) : 0;
}

/* A lock was tried, which can be in an interrupt, and acquired without a wait. */
static __noinline int acquired_at_once(void *context, __u64 lock, __u32 kind)
{
	struct lock_wait wait = { .lock = lock, .kind = kind };

	if (!lock_passes(lock))
		return 0;
	if (!config.per_thread)
		wait.stack = take_acquirer(context);
	wait.since = bpf_ktime_get_ns();
	return begin_hold(&wait);
}

static __noinline int release(__u64 lock)
{
	struct lock_key key = { .lock = lock, .task = (__u32)bpf_get_current_pid_tgid() };
	struct lock_wait *hold = bpf_map_lookup_elem(&lock_holds, &key);
	struct lock_totals *totals;

	if (!hold || !hold->is_held)
		return 0;
	totals = lock_totals(hold);
	if (totals)
		count_time(totals, true, lock, elapsed(hold->since, bpf_ktime_get_ns()));
	bpf_map_delete_elem(&lock_holds, &key);
	return 0;
}

/* What a function returns that acquires a lock. */
#define RETURNS_NOTHING(ARGS, COUNT) true
#define RETURNS_ERROR(ARGS, COUNT)   (!(int)(ARGS)[COUNT])

#define ACQUIRE_BY_TYPE(FUNCTION, KIND, COUNT, ACQUIRED)               \
	SEC("fentry/" #FUNCTION)                                       \
	int fentry_##FUNCTION(__u64 *args)                             \
	{                                                              \
		return acquire(args, args[0], KIND, true);             \
	}                                                              \
                                                                       \
	SEC("fexit/" #FUNCTION)                                        \
	int fexit_##FUNCTION(__u64 *args)                              \
	{                                                              \
		return turn_into_hold(args[0], ACQUIRED(args, COUNT)); \
	}

#define TRY_BY_TYPE(FUNCTION, KIND, COUNT)                                           \
	SEC("fexit/" #FUNCTION)                                                      \
	int fexit_##FUNCTION(__u64 *args)                                            \
	{                                                                            \
		return (int)args[COUNT] ? acquired_at_once(args, args[0], KIND) : 0; \
	}

#define RELEASE_BY_TYPE(FUNCTION)          \
	SEC("fentry/" #FUNCTION)           \
	int fentry_##FUNCTION(__u64 *args) \
	{                                  \
		return release(args[0]);   \
	}

/* A probe at the return of a function does not know its arguments. */
#define PROBE_RETURNS_NOTHING(RESULT) true
#define PROBE_RETURNS_ERROR(RESULT)   (!(int)(RESULT))

#define ACQUIRE_BY_PROBE(FUNCTION, KIND, COUNT, ACQUIRED)    \
	SEC("kprobe/" #FUNCTION)                             \
	int BPF_KPROBE(kprobe_##FUNCTION, __u64 lock)        \
	{                                                    \
		return acquire(ctx, lock, KIND, false);      \
	}                                                    \
                                                             \
	SEC("kretprobe/" #FUNCTION)                          \
	int BPF_KRETPROBE(kretprobe_##FUNCTION, long result) \
	{                                                    \
		return end_wait(PROBE_##ACQUIRED(result));   \
	}

#define TRY_BY_PROBE(FUNCTION, KIND, COUNT)                 \
	SEC("kprobe/" #FUNCTION)                            \
	int BPF_KPROBE(kprobe_##FUNCTION, __u64 lock)       \
	{                                                   \
		return begin_try(ctx, lock, KIND);          \
	}                                                   \
                                                            \
	SEC("kretprobe/" #FUNCTION)                         \
	int BPF_KRETPROBE(kretprobe_##FUNCTION, int result) \
	{                                                   \
		return end_try(ctx, result);                \
	}

#define RELEASE_BY_PROBE(FUNCTION)                    \
	SEC("kprobe/" #FUNCTION)                      \
	int BPF_KPROBE(kprobe_##FUNCTION, __u64 lock) \
	{                                             \
		return release(lock);                 \
	}

static __noinline int begin_try(void *context, __u64 lock, __u32 kind)
{
	struct lock_key key = { .task = (__u32)bpf_get_current_pid_tgid(), .is_try = 1 };
	struct lock_wait wait = { .lock = lock, .kind = kind };

	if (!lock_passes(lock))
		return 0;
	if (!config.per_thread)
		wait.stack = take_acquirer(context);
	if (bpf_map_update_elem(&lock_waits, &key, &wait, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

static __noinline int end_try(void *context, int result)
{
	struct lock_key key = { .task = (__u32)bpf_get_current_pid_tgid(), .is_try = 1 };
	struct lock_wait *found = bpf_map_lookup_elem(&lock_waits, &key), wait;

	if (!found)
		return 0;
	__builtin_memcpy(&wait, found, sizeof(wait));
	bpf_map_delete_elem(&lock_waits, &key);
	wait.since = bpf_ktime_get_ns();
	return result ? begin_hold(&wait) : 0;
}

/*
 * One that calls another counts once: its end finds no wait any more. Those that end in _nested or
 * begin with _ stand in for the others where locks are debugged.
 */
#define LOCK_HOOKS(ACQUIRE, TRY, RELEASE)                                      \
	ACQUIRE(mutex_lock, LOCK_MUTEX, 1, RETURNS_NOTHING)                    \
	ACQUIRE(mutex_lock_interruptible, LOCK_MUTEX, 1, RETURNS_ERROR)        \
	ACQUIRE(mutex_lock_killable, LOCK_MUTEX, 1, RETURNS_ERROR)             \
	ACQUIRE(mutex_lock_io, LOCK_MUTEX, 1, RETURNS_NOTHING)                 \
	ACQUIRE(mutex_lock_nested, LOCK_MUTEX, 2, RETURNS_NOTHING)             \
	ACQUIRE(mutex_lock_interruptible_nested, LOCK_MUTEX, 2, RETURNS_ERROR) \
	ACQUIRE(mutex_lock_killable_nested, LOCK_MUTEX, 2, RETURNS_ERROR)      \
	ACQUIRE(mutex_lock_io_nested, LOCK_MUTEX, 2, RETURNS_NOTHING)          \
	ACQUIRE(_mutex_lock_nest_lock, LOCK_MUTEX, 2, RETURNS_NOTHING)         \
	ACQUIRE(_mutex_lock_killable, LOCK_MUTEX, 3, RETURNS_ERROR)            \
	TRY(mutex_trylock, LOCK_MUTEX, 1)                                      \
	TRY(_mutex_trylock_nest_lock, LOCK_MUTEX, 2)                           \
	RELEASE(mutex_unlock)                                                  \
	ACQUIRE(down_read, LOCK_READ, 1, RETURNS_NOTHING)                      \
	ACQUIRE(down_read_interruptible, LOCK_READ, 1, RETURNS_ERROR)          \
	ACQUIRE(down_read_killable, LOCK_READ, 1, RETURNS_ERROR)               \
	ACQUIRE(down_read_nested, LOCK_READ, 2, RETURNS_NOTHING)               \
	ACQUIRE(down_read_killable_nested, LOCK_READ, 2, RETURNS_ERROR)        \
	TRY(down_read_trylock, LOCK_READ, 1)                                   \
	RELEASE(up_read)                                                       \
	ACQUIRE(down_write, LOCK_WRITE, 1, RETURNS_NOTHING)                    \
	ACQUIRE(down_write_killable, LOCK_WRITE, 1, RETURNS_ERROR)             \
	ACQUIRE(down_write_nested, LOCK_WRITE, 2, RETURNS_NOTHING)             \
	ACQUIRE(down_write_killable_nested, LOCK_WRITE, 2, RETURNS_ERROR)      \
	ACQUIRE(_down_write_nest_lock, LOCK_WRITE, 2, RETURNS_NOTHING)         \
	TRY(down_write_trylock, LOCK_WRITE, 1)                                 \
	RELEASE(up_write)

LOCK_HOOKS(ACQUIRE_BY_TYPE, TRY_BY_TYPE, RELEASE_BY_TYPE)
LOCK_HOOKS(ACQUIRE_BY_PROBE, TRY_BY_PROBE, RELEASE_BY_PROBE)

/* A lock that spins is waited for by a CPU, in interrupts too. */
static __always_inline __u32 spinning_task(void)
{
	return bpf_get_smp_processor_id() | 1U << 31;
}

/* A mutex that is waited for says so when it spins and again when it sleeps: one wait. */
static __always_inline int contention_begins(void *context, __u64 lock, __u32 flags)
{
	struct lock_key key = { .lock = lock, .task = (__u32)bpf_get_current_pid_tgid() };

	if (flags & LOCK_MUTEX) {
		flags = LOCK_MUTEX;
	} else if (flags & LOCK_SPINS) {
		if (!config.spinlocks)
			return 0;
		key.task = spinning_task();
	}
	if (bpf_map_lookup_elem(&lock_waits, &key) || !lock_passes(lock))
		return 0;
	return begin_wait(context, &key, lock, flags, false);
}

static __always_inline int contention_ends(__u64 lock, int result)
{
	struct lock_key key = { .lock = lock, .task = (__u32)bpf_get_current_pid_tgid() };
	struct lock_wait *wait = bpf_map_lookup_elem(&lock_waits, &key);
	struct lock_totals *totals;

	if (!wait && config.spinlocks) {
		key.task = spinning_task();
		wait = bpf_map_lookup_elem(&lock_waits, &key);
	}
	if (!wait)
		return 0;
	if (!result) {
		totals = lock_totals(wait);
		if (totals)
			count_time(totals, false, lock, elapsed(wait->since, bpf_ktime_get_ns()));
	}
	bpf_map_delete_elem(&lock_waits, &key);
	return 0;
}

#define CONTENTION_HOOKS(KIND)                                    \
	SEC(#KIND "/contention_begin")                            \
	int KIND##_contention_begin(__u64 *args)                  \
	{                                                         \
		return contention_begins(args, args[0], args[1]); \
	}                                                         \
                                                                  \
	SEC(#KIND "/contention_end")                              \
	int KIND##_contention_end(__u64 *args)                    \
	{                                                         \
		return contention_ends(args[0], args[1]);         \
	}

CONTENTION_HOOKS(tp_btf)
CONTENTION_HOOKS(raw_tp)

char LICENSE[] SEC("license") = "GPL";
