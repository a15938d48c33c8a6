/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A probe for tracers (USDT), as sys/sdt.h of systemtap makes it: an instruction that does
 * nothing, and a note that says where it and its arguments are. The semaphore is "0" for none,
 * or the name of a global variable; the operands are those of the assembler.
 */
#ifndef NOTES_H
#define NOTES_H

/* clang-format off */
#define NOTE(PROVIDER, NAME, SEMAPHORE, ARGUMENTS, ...)                       \
	asm volatile("990: nop\n"                                             \
		     ".pushsection .note.stapsdt, \"\", \"note\"\n"           \
		     ".balign 4\n"                                            \
		     ".4byte 992f - 991f, 994f - 993f, 3\n"                   \
		     "991: .asciz \"stapsdt\"\n"                              \
		     "992: .balign 4\n"                                       \
		     "993: .8byte 990b\n"                                     \
		     ".8byte _.stapsdt.base\n"                                \
		     ".8byte " SEMAPHORE "\n"                                 \
		     ".asciz \"" PROVIDER "\"\n"                              \
		     ".asciz \"" NAME "\"\n"                                  \
		     ".asciz \"" ARGUMENTS "\"\n"                             \
		     "994: .balign 4\n"                                       \
		     ".popsection\n"                                          \
		     ".ifndef _.stapsdt.base\n"                               \
		     ".pushsection .stapsdt.base, \"aG\", \"progbits\", .stapsdt.base, comdat\n" \
		     ".weak _.stapsdt.base\n"                                 \
		     ".hidden _.stapsdt.base\n"                               \
		     "_.stapsdt.base: .space 1\n"                             \
		     ".size _.stapsdt.base, 1\n"                              \
		     ".popsection\n"                                          \
		     ".endif\n"                                               \
		     :: __VA_ARGS__)
/* clang-format on */

/* One with two arguments. */
#define PROBE(PROVIDER, NAME, SEMAPHORE, FIRST, SECOND) \
	NOTE(PROVIDER, NAME, SEMAPHORE, "-8@%0 8@%1", "r"(FIRST), "r"(SECOND))

#endif
