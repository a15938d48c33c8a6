/* SPDX-License-Identifier: GPL-2.0 */
/* The locks that each thread of user space holds, in the order in which it acquired them. */
#ifndef BPF_DEADLOCK_BPF_H
#define BPF_DEADLOCK_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "lib/ledger.bpf.h"

/* A power of two: locks that a thread holds beyond so many are not followed. */
#define MOST_HELD 16

struct held_lock {
	__u64 address;
	__u64 stack;
	__u32 shared;
	__u32 depth; /* how often it was acquired */
};

struct lock_thread {
	__u64 count;
	struct held_lock held[MOST_HELD];
};

/* Threads that hold locks. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, __u64); /* process and thread */
	__type(value, struct lock_thread);
} lock_threads SEC(".maps");

/* What a thread tries to acquire, which can fail. */
struct lock_try {
	__u64 address;
	__u64 stack;
	__u32 shared;
	__u32 padding;
};

static const struct lock_thread no_locks;

/* The place of a lock among those that a thread holds; MOST_HELD: it does not. */
static __always_inline __u32 find_held(const struct lock_thread *thread, __u64 address)
{
	for (__u32 index = 0; index < MOST_HELD; index++) {
		if (index < thread->count && thread->held[index].address == address)
			return index;
	}
	return MOST_HELD;
}

/* Adds a lock to those that the running thread holds. */
static __noinline int hold(const struct lock_try *lock)
{
	__u64 id = bpf_get_current_pid_tgid(), count;
	struct lock_thread *thread = bpf_map_lookup_elem(&lock_threads, &id);
	struct held_lock *held;
	__u32 index;

	if (!thread) {
		bpf_map_update_elem(&lock_threads, &id, &no_locks, BPF_NOEXIST);
		thread = bpf_map_lookup_elem(&lock_threads, &id);
	}
	if (!thread) {
		LEDGER_ADD(map_full);
		return 0;
	}
	index = find_held(thread, lock->address);
	if (index < MOST_HELD) {
		thread->held[index & (MOST_HELD - 1)].depth++;
		return 0;
	}
	count = thread->count;
	if (count >= MOST_HELD) {
		LEDGER_ADD(map_full);
		return 0;
	}
	held = &thread->held[count & (MOST_HELD - 1)];
	held->address = lock->address;
	held->stack = lock->stack;
	held->shared = lock->shared;
	held->depth = 1;
	thread->count = count + 1;
	return 0;
}

/* Takes a lock from them, unless the thread has it several times. */
static __always_inline int release(__u64 address)
{
	__u64 id = bpf_get_current_pid_tgid(), last;
	struct lock_thread *thread = bpf_map_lookup_elem(&lock_threads, &id);
	struct held_lock *held;
	__u32 index;

	if (!thread)
		return 0;
	index = find_held(thread, address);
	if (index >= MOST_HELD)
		return 0;
	held = &thread->held[index & (MOST_HELD - 1)];
	if (held->depth > 1) {
		held->depth--;
		return 0;
	}
	last = thread->count - 1;
	if (!last) {
		bpf_map_delete_elem(&lock_threads, &id);
		return 0;
	}
	*held = thread->held[last & (MOST_HELD - 1)];
	thread->count = last;
	return 0;
}

#endif
