/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_USDT_H
#define BPF_USDT_H

#include "wire.h"

/* What an argument is: nothing that can be read, or where it is. */
#define USDT_NOTHING	 0
#define USDT_CONSTANT	 1
#define USDT_REGISTER	 2
#define USDT_MEMORY	 3
/* In place of a register's offset. */
#define USDT_NO_REGISTER 0xffff
/* More arguments of a probe than any compiler's header offers. */
#define USDT_ARGUMENTS	 12

/* An argument of a probe at one of its places. */
struct usdt_argument {
	__s64 number; /* the constant, or what is added to the registers */
	__u16 base; /* registers, by their offset in struct pt_regs */
	__u16 index;
	__u8 shift; /* of the index */
	__u8 kind;
	__u8 size; /* in bytes: 1, 2, 4 or 8 */
	__u8 is_signed;
};
_Static_assert(sizeof(struct usdt_argument) == 16, "layout is shared with Swift");

struct usdt_place {
	struct usdt_argument arguments[USDT_ARGUMENTS];
};
_Static_assert(sizeof(struct usdt_place) == 192, "layout is shared with Swift");

#endif
