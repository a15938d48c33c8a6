// SPDX-License-Identifier: GPL-2.0
/*
 * How long functions take, of the kernel or of programs, as a distribution. Which
 * functions is said when the tool runs.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "funclatency.h"

#define HISTOGRAM_KEY __u32

#include "lib/filter.bpf.h"
#include "lib/histogram.bpf.h"

const volatile struct funclatency_config config;

struct call {
	__u64 began;
	__u64 stack; /* the stack pointer at the begin, or 0 */
	__u64 function;
};

/* The calls that a thread is in, the outermost first. */
struct calls {
	__u64 depth;
	struct call calls[FUNCTION_DEPTH];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct calls);
} threads SEC(".maps");

static const struct calls no_calls;

/* Idle tasks have the same number on all CPUs. */
static __always_inline __u64 this_thread(void)
{
	__u64 thread = bpf_get_current_pid_tgid();

	return thread ? thread : (__u64)(bpf_get_smp_processor_id() + 1) << 32;
}

static __always_inline struct call *call_at(struct calls *calls, __u64 level)
{
	return &calls->calls[level & (FUNCTION_DEPTH - 1)];
}

/*
 * Has a call ended without a return when another begins? Its frame is then not above
 * the other's, or in its place, where a function can begin another as its last deed.
 */
static __always_inline bool is_over(const struct call *call, __u64 stack, __u64 function)
{
	return call->stack < stack || (call->stack == stack && call->function == function);
}

/*
 * Is a return not that of the innermost call, but of one outside of it? On return the
 * stack pointer is back where it was at the begin, or above. In the kernel calls are
 * nested, but it can miss returns.
 */
static __always_inline bool returns_over(const struct call *call, const struct call *outer,
					 __u64 stack, __u64 function)
{
	if (config.has_stack)
		return outer->stack > call->stack && outer->stack <= stack;
	return config.told_apart && call->function != function;
}

static __always_inline int begin(__u64 stack, __u64 function)
{
	__u64 thread = this_thread(), depth;
	struct calls *calls;

	if (!current_passes(&config.trace.filter))
		return 0;
	calls = bpf_map_lookup_elem(&threads, &thread);
	if (!calls) {
		bpf_map_update_elem(&threads, &thread, &no_calls, BPF_NOEXIST);
		calls = bpf_map_lookup_elem(&threads, &thread);
		if (!calls) {
			LEDGER_ADD(map_full);
			return 0;
		}
	}
	depth = calls->depth;
	for (int level = 0; config.has_stack && level < FUNCTION_DEPTH; level++) {
		if (!depth || depth > FUNCTION_DEPTH ||
		    !is_over(call_at(calls, depth - 1), stack, function))
			break;
		depth--;
	}
	if (depth < config.depth && depth < FUNCTION_DEPTH) {
		struct call *call = call_at(calls, depth);

		call->stack = stack;
		call->function = function;
		call->began = bpf_ktime_get_ns();
	} else if (config.depth == FUNCTION_DEPTH) {
		LEDGER_ADD(map_full);
	}
	/* Deeper ones are told by their number, so that their returns are theirs. */
	calls->depth = depth + 1;
	return 0;
}

static __always_inline int end(__u64 stack, __u64 function)
{
	__u64 thread = this_thread(), now = bpf_ktime_get_ns(), depth;
	struct calls *calls = bpf_map_lookup_elem(&threads, &thread);
	struct call *call;
	__u32 key;

	if (!calls || !calls->depth)
		return 0;
	depth = calls->depth - 1;
	if (depth >= config.depth || depth >= FUNCTION_DEPTH) {
		calls->depth = depth;
		return 0;
	}
	for (int level = 0; level < FUNCTION_DEPTH; level++) {
		if (!depth || !returns_over(call_at(calls, depth), call_at(calls, depth - 1), stack,
					    function))
			break;
		depth--;
	}
	call = call_at(calls, depth);
	if ((config.told_apart && call->function != function) ||
	    (config.has_stack && call->stack > stack))
		return 0;
	calls->depth = depth;
	now = now > call->began ? now - call->began : 0;
	key = function;
	if (config.per_function)
		histogram_add_keyed(&key, now / config.divisor);
	else
		histogram_add(now / config.divisor);
	return 0;
}

/* Kernels before 5.15 have no cookies. */
static __always_inline __u64 function_of(void *context)
{
	return config.told_apart ? bpf_get_attach_cookie(context) : 0;
}

/* Attached as uprobes too. */
SEC("kprobe")
int function_begin(struct pt_regs *regs)
{
	return begin(PT_REGS_SP(regs), function_of(regs));
}

SEC("kretprobe")
int function_end(struct pt_regs *regs)
{
	return end(PT_REGS_SP(regs), function_of(regs));
}

SEC("fentry/function")
int function_fentry(void *context)
{
	return begin(0, 0);
}

SEC("fexit/function")
int function_fexit(void *context)
{
	return end(0, 0);
}

char LICENSE[] SEC("license") = "GPL";
