/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The arguments of USDT probes, read as user space found them in the notes of the program
 * (USDTArgument). A probe can be in several places, each with its own: the probe's cookie says
 * which it is.
 */
#ifndef LIB_USDT_BPF_H
#define LIB_USDT_BPF_H

#include <bpf/bpf_helpers.h>
#include "usdt.h"

static __always_inline __u64 usdt_register(const void *registers, __u16 offset)
{
	__u64 value = 0;

	if (offset != USDT_NO_REGISTER)
		bpf_probe_read_kernel(&value, sizeof(value), registers + offset);
	return value;
}

/* To 64 bits, with the sign if it has one. */
static __always_inline __u64 usdt_widened(__u64 value, __u8 size, __u8 is_signed)
{
	__u32 unused = 64 - (__u32)size * 8;

	if (!size || unused >= 64)
		return value;
	value <<= unused;
	return is_signed ? (__u64)((__s64)value >> unused) : value >> unused;
}

/* 0 where it is nothing that can be read. */
static __always_inline __u64 usdt_argument(const void *registers,
					   const struct usdt_argument *argument)
{
	__u64 value = argument->number;

	switch (argument->kind) {
	case USDT_CONSTANT:
		break;
	case USDT_REGISTER:
		value = usdt_register(registers, argument->base);
		break;
	case USDT_MEMORY: {
		__u64 address =
			value + usdt_register(registers, argument->base) +
			(usdt_register(registers, argument->index) << (argument->shift & 3));

		/* Eight bytes may reach beyond the end of a page. */
		value = 0;
		if (argument->size == 8)
			bpf_probe_read_user(&value, 8, (void *)address);
		else if (argument->size == 4)
			bpf_probe_read_user(&value, 4, (void *)address);
		else if (argument->size == 2)
			bpf_probe_read_user(&value, 2, (void *)address);
		else
			bpf_probe_read_user(&value, 1, (void *)address);
		break;
	}
	default:
		return 0;
	}
	return usdt_widened(value, argument->size, argument->is_signed);
}

#endif
