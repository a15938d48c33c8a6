/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The user stack where a function begins. The kernel follows frame pointers, and the function
 * has not set up its own yet, so that its caller is missing: that is in the return address. A
 * kernel from 6.12 on adds it for functions whose first instruction saves the frame pointer.
 */
#ifndef LIB_ENTRY_STACK_BPF_H
#define LIB_ENTRY_STACK_BPF_H

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

static __always_inline __u64 return_address(struct pt_regs *registers)
{
	__u64 address = 0;

#ifdef __TARGET_ARCH_arm64
	address = PT_REGS_RET(registers);
#else
	bpf_probe_read_user(&address, sizeof(address), (void *)PT_REGS_SP(registers));
#endif
	return address;
}

/*
 * As bpf_get_stack: at most size bytes of frames, innermost first, and the length of what
 * there is. The size is a constant for the verifier.
 */
static __always_inline long get_stack_at_entry(struct pt_regs *registers, __u64 *frames, __u32 size)
{
	const __u32 one = sizeof(*frames);
	__u64 caller = return_address(registers);
	long length;

	if (!caller || size < 3 * one)
		return bpf_get_stack(registers, frames, size, BPF_F_USER_STACK);
	length = bpf_get_stack(registers, frames + 1, size - one, BPF_F_USER_STACK);
	if (length < (long)one)
		return length;
	if (length > (long)one && frames[2] == caller)
		return bpf_get_stack(registers, frames, size, BPF_F_USER_STACK);
	frames[0] = frames[1];
	frames[1] = caller;
	return length + one;
}

#endif
