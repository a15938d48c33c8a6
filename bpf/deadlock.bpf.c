// SPDX-License-Identifier: GPL-2.0
/* In which order threads acquire the locks of the C library. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "deadlock.h"
#include "lib/kernel_read.bpf.h"

#define STACK_KEY __u64

#include "lib/entry_stack.bpf.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/stack_scratch.bpf.h"
#include "deadlock.bpf.h"

/* linux/errno.h: the lock is acquired, and who held it has ended. */
#define EOWNERDEAD 130

const volatile struct deadlock_config config;

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, struct lock_try);
} lock_tries SEC(".maps");

/* All orders of two that were seen. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, struct lock_order);
	__type(value, __u64);
} lock_orders SEC(".maps");

struct lock_place {
	__u64 address;
	__u64 space; /* after exec it is another one */
};

/* The locks in them, and how often they were made anew since. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, struct lock_place);
	__type(value, __u32);
} lock_generations SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, __u32); /* thread */
	__type(value, struct thread_birth);
} thread_births SEC(".maps");

/* The call that creates a thread: the frames of the C library lead to no caller. */
struct creation {
	__u64 stack;
	struct stack_owner owner;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64); /* process and thread */
	__type(value, struct creation);
} creations SEC(".maps");

/* What is asked for, by whom. */
struct lock_request {
	struct stack_owner owner;
	__u64 address;
	__u64 stack;
	__u32 shared;
	__u32 padding;
};

static __always_inline __u32 lock_generation(__u64 address, __u64 space)
{
	struct lock_place place = { address, space };
	__u32 *generation = bpf_map_lookup_elem(&lock_generations, &place);

	return generation ? *generation : 0;
}

static __always_inline void know_lock(__u64 address, __u64 space)
{
	struct lock_place place = { address, space };
	__u32 first = 0;

	if (bpf_map_lookup_elem(&lock_generations, &place))
		return;
	bpf_map_update_elem(&lock_generations, &place, &first, BPF_NOEXIST);
	if (!bpf_map_lookup_elem(&lock_generations, &place))
		LEDGER_ADD(map_full);
}

static __noinline int add_order(const struct held_lock *held, const struct lock_request *request)
{
	struct lock_order order = {};
	struct lock_order_event *event;
	__u64 once = 1;
	long error;

	order.space = request->owner.generation;
	order.held.address = held->address;
	order.held.shared = held->shared;
	order.held.generation = lock_generation(held->address, order.space);
	order.wanted.address = request->address;
	order.wanted.shared = request->shared;
	order.wanted.generation = lock_generation(request->address, order.space);
	if (bpf_map_lookup_elem(&lock_orders, &order))
		return 0;
	error = bpf_map_update_elem(&lock_orders, &order, &once, BPF_NOEXIST);
	/* Another thread may have been faster. */
	if (error && bpf_map_lookup_elem(&lock_orders, &order))
		return 0;
	LEDGER_ADD(seen);
	if (error) {
		LEDGER_ADD(map_full);
		return 0;
	}
	know_lock(held->address, order.space);
	know_lock(request->address, order.space);
	event = reserve_event(sizeof(*event));
	if (!event)
		return 0;
	__builtin_memset(event, 0, sizeof(*event));
	event->order = order;
	event->held_stack = held->stack;
	event->wanted_stack = request->stack;
	event->owner = request->owner;
	event->thread = (__u32)bpf_get_current_pid_tgid();
	fill_header(&config.trace, &event->header);
	bpf_ringbuf_submit(event, BPF_RB_FORCE_WAKEUP);
	return 0;
}

static __always_inline struct stack_owner current_owner(void)
{
	return task_stack_owner((void *)bpf_get_current_task(), config.stacks.proc_namespace,
				false);
}

/* The number of the stack at whose function the thread is, and whose it is. */
static __noinline __u64 take_request(struct pt_regs *regs, struct stack_owner *owner)
{
	struct stack_frames *unwound;
	struct stack_scratch *scratch;
	__u64 user;
	long length;

	*owner = current_owner();
	meet_stack_owner(owner);
	unwound = take_unwound_stack(&config.stacks, owner, UNWIND_FUNCTION);
	if (unwound)
		return number_stack(&config.stacks, unwound);
	scratch = begin_scratch(&user);
	if (!scratch)
		return 0;
	length = get_stack_at_entry(regs, scratch->frames.frames, stack_bytes(&config.stacks));
	return end_scratch(scratch, user, finish_stack(&scratch->frames, length));
}

/* Whether a second acquisition by the same thread is refused. */
static __always_inline bool refuses_twice(const struct held_lock *held, __u32 shared,
					  const bool is_mutex)
{
	__u32 kind = 0;

	if (!is_mutex)
		return !held->shared || !shared;
	if (!config.kind_mask)
		return false;
	bpf_probe_read_user(&kind, sizeof(kind), (void *)held->address + config.kind_offset);
	return (kind & config.kind_mask) == config.checked_kind;
}

/* A thread waits for a lock that it does not hold: after all those that it holds. */
static __noinline int add_orders(const struct lock_thread *thread,
				 const struct lock_request *request)
{
	for (__u32 index = 0; index < MOST_HELD; index++) {
		if (index >= thread->count)
			break;
		add_order(&thread->held[index], request);
	}
	return 0;
}

#define LOCK_IS_SHARED 1
#define LOCK_IS_MUTEX  2
#define LOCK_CAN_FAIL  4 /* what comes of it is known when it returns */
#define LOCK_WAITS     8

static __noinline int ask(struct pt_regs *regs, __u32 flags)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct lock_request request = {
		.address = PT_REGS_PARM1(regs),
		.shared = flags & LOCK_IS_SHARED,
	};
	struct lock_try lock = { .address = request.address, .shared = request.shared };
	struct lock_thread *thread;
	__u32 index;

	if (!current_passes(&config.trace.filter))
		return 0;
	thread = bpf_map_lookup_elem(&lock_threads, &id);
	index = thread ? find_held(thread, request.address) : MOST_HELD;
	if (thread && index < MOST_HELD) {
		if (!(flags & LOCK_CAN_FAIL) &&
		    refuses_twice(&thread->held[index & (MOST_HELD - 1)], request.shared,
				  flags & LOCK_IS_MUTEX))
			return 0;
	} else {
		lock.stack = take_request(regs, &request.owner);
		request.stack = lock.stack;
		if (thread && flags & LOCK_WAITS)
			add_orders(thread, &request);
	}
	if (!(flags & LOCK_CAN_FAIL))
		return hold(&lock);
	if (bpf_map_update_elem(&lock_tries, &id, &lock, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

#define LOCK_HOOK(NAME, FLAGS)           \
	SEC("uprobe")                    \
	int NAME(struct pt_regs *regs)   \
	{                                \
		return ask(regs, FLAGS); \
	}

LOCK_HOOK(mutex_lock, LOCK_IS_MUTEX | LOCK_WAITS)
LOCK_HOOK(mutex_timed, LOCK_IS_MUTEX | LOCK_WAITS | LOCK_CAN_FAIL)
LOCK_HOOK(mutex_try, LOCK_IS_MUTEX | LOCK_CAN_FAIL)
LOCK_HOOK(write_lock, LOCK_WAITS)
LOCK_HOOK(write_timed, LOCK_WAITS | LOCK_CAN_FAIL)
LOCK_HOOK(write_try, LOCK_CAN_FAIL)
LOCK_HOOK(read_lock, LOCK_WAITS | LOCK_IS_SHARED)
LOCK_HOOK(read_timed, LOCK_WAITS | LOCK_CAN_FAIL | LOCK_IS_SHARED)
LOCK_HOOK(read_try, LOCK_CAN_FAIL | LOCK_IS_SHARED)

SEC("uretprobe")
int try_ends(struct pt_regs *regs)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct lock_try *found = bpf_map_lookup_elem(&lock_tries, &id), lock;
	int result;

	if (!found)
		return 0;
	lock = *found;
	bpf_map_delete_elem(&lock_tries, &id);
	result = PT_REGS_RC(regs);
	return !result || result == EOWNERDEAD ? hold(&lock) : 0;
}

SEC("uprobe")
int lock_released(struct pt_regs *regs)
{
	return release(PT_REGS_PARM1(regs));
}

/* A lock is made or destroyed: what comes at this address is another one. */
SEC("uprobe")
int lock_renewed(struct pt_regs *regs)
{
	struct lock_place place = { .address = PT_REGS_PARM1(regs) };
	__u32 *generation;

	if (!current_passes(&config.trace.filter))
		return 0;
	place.space = current_owner().generation;
	generation = bpf_map_lookup_elem(&lock_generations, &place);
	if (generation)
		ATOMIC_ADD(generation, 1);
	return 0;
}

SEC("uprobe")
int thread_created(struct pt_regs *regs)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct creation creation = {};

	if (!current_passes(&config.trace.filter))
		return 0;
	creation.stack = take_request(regs, &creation.owner);
	if (bpf_map_update_elem(&creations, &id, &creation, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

SEC("raw_tp/sched_process_fork")
int thread_begins(__u64 *args)
{
	struct task_struct *parent = (void *)args[0], *child = (void *)args[1];
	__u64 id = bpf_get_current_pid_tgid();
	struct creation *creation = bpf_map_lookup_elem(&creations, &id);
	struct thread_birth birth = {};
	__u32 tid;

	if (!current_passes(&config.trace.filter))
		return 0;
	tid = KERNEL_READ(child, pid);
	if (KERNEL_READ(parent, tgid) != KERNEL_READ(child, tgid))
		return 0;
	if (creation) {
		birth.stack = creation->stack;
		birth.owner = creation->owner;
		bpf_map_delete_elem(&creations, &id);
	}
	birth.tid = current_ids(config.trace.pid_namespace);
	bpf_get_current_comm(birth.comm, sizeof(birth.comm));
	bpf_map_update_elem(&thread_births, &tid, &birth, BPF_ANY);
	return 0;
}

/* Another thread can have its number. */
SEC("raw_tp/sched_process_exit")
int thread_ends(__u64 *args)
{
	__u64 id = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&lock_threads, &id);
	bpf_map_delete_elem(&lock_tries, &id);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
