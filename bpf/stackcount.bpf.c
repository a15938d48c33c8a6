// SPDX-License-Identifier: GPL-2.0
/*
 * Which stacks lead to functions, tracepoints or USDT probes. Which is said when the tool
 * runs.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "stackcount.h"
#include "lib/entry_stack.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/stacks.bpf.h"

const volatile struct stackcount_config config;

/*
 * What the programs use at places in programs, where another can run on their CPU before they
 * have ended.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* user space sets it where such places are counted */
	__type(key, __u64);
	__type(value, struct stack_scratch);
} thread_scratch SEC(".maps");

static const struct stack_scratch no_scratch;

static __always_inline struct stack_scratch *scratch_of_thread(void)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct stack_scratch *scratch = bpf_map_lookup_elem(&thread_scratch, &thread);

	if (scratch)
		return scratch;
	bpf_map_update_elem(&thread_scratch, &thread, &no_scratch, BPF_NOEXIST);
	scratch = bpf_map_lookup_elem(&thread_scratch, &thread);
	if (!scratch)
		LEDGER_ADD(map_full);
	return scratch;
}

/* Where a stack is to be counted; NULL where it is not. */
static __always_inline struct stack_scratch *begin(void)
{
	struct stack_scratch *scratch;

	if (config.one_cpu && bpf_get_smp_processor_id() != config.cpu)
		return NULL;
	if (!current_passes(&config.trace.filter))
		return NULL;
	LEDGER_ADD(seen);
	scratch = config.in_programs ? scratch_of_thread() : stack_scratch_here();
	if (scratch)
		__builtin_memset(&scratch->key.waker, 0, sizeof(scratch->key.waker));
	return scratch;
}

static __always_inline int at_place(void *context)
{
	struct stack_scratch *scratch = begin();

	if (!scratch)
		return 0;
	take_stacks(context, &config.stacks, config.trace.pid_namespace, &scratch->frames,
		    &scratch->key.side);
	count_stack(&scratch->key, 0);
	return 0;
}

/* The number of the user stack where a function begins, whose owner is known. */
static __noinline __u64 take_stack_at_entry(struct pt_regs *registers, struct stack_frames *scratch,
					    const struct stack_owner *owner)
{
	struct stack_frames *unwound = take_unwound_stack(&config.stacks, owner, UNWIND_FUNCTION);
	long length;

	if (unwound)
		return number_stack(&config.stacks, unwound);
	length = get_stack_at_entry(registers, scratch->frames, stack_bytes(&config.stacks));
	return finish_stack(scratch, length) ? number_stack(&config.stacks, scratch) : 0;
}

/* At the first instruction of a function of a program. */
SEC("kprobe")
int called(struct pt_regs *registers)
{
	struct stack_scratch *scratch = begin();
	struct stack_side *side;

	if (!scratch)
		return 0;
	side = &scratch->key.side;
	describe_current(&config.stacks, config.trace.pid_namespace, side);
	if (config.stacks.kernel)
		side->kernel = take_stack(registers, &config.stacks, &scratch->frames, 0);
	if (config.stacks.user) {
		side->owner = task_stack_owner((void *)bpf_get_current_task(),
					       config.stacks.proc_namespace, false);
		meet_stack_owner(&side->owner);
		side->user = take_stack_at_entry(registers, &scratch->frames, &side->owner);
	}
	count_stack(&scratch->key, 0);
	return 0;
}

#include "lib/any_place.bpf.h"

char LICENSE[] SEC("license") = "GPL";
