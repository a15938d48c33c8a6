/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The probes of language runtimes (LanguageHooks). Include it after declaring config, with a
 * language_config as language.
 */
#ifndef LIB_LANGUAGE_BPF_H
#define LIB_LANGUAGE_BPF_H

#include "language.h"
#include <bpf/bpf_helpers.h>
#include "ledger.bpf.h"
#include "usdt.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LANGUAGE_PLACES);
	__type(key, __u32);
	__type(value, struct language_place);
} language_places SEC(".maps");

/* What is known of the place where a program runs. The number is its own, for kernels without
 * cookies, before 5.15. */
static __always_inline const struct language_place *language_place(void *registers, __u32 number)
{
	if (config.language.has_cookies)
		number = bpf_get_attach_cookie(registers);
	return bpf_map_lookup_elem(&language_places, &number);
}

/*
 * A program at the probes of one kind for an activity, by its position among those of the tool:
 *
 *   static int NAME(struct pt_regs *registers, const struct language_place *place)
 */
#define LANGUAGE_PROGRAM(NAME, ACTIVITY, KIND)                                       \
	SEC("uprobe")                                                                \
	int NAME##_##KIND(struct pt_regs *registers)                                 \
	{                                                                            \
		const struct language_place *place =                                 \
			language_place(registers, ACTIVITY * LANGUAGE_KINDS + KIND); \
                                                                                     \
		return place ? NAME(registers, place) : 0;                           \
	}

static __always_inline __u64 language_number(void *registers, const struct language_place *place,
					     int which)
{
	return usdt_argument(registers, &place->numbers[which]);
}

/*
 * Reads a text into room for it that is 0, and ends it with a NUL. Returns how long the text is,
 * as far as that is known.
 */
static __always_inline __u64 read_language_text(char *to, const __u32 room, void *registers,
						const struct language_place *place, int which)
{
	const struct language_text *text = &place->texts[which];
	__u64 address = usdt_argument(registers, &text->address), size, taken;

	if (!address)
		return 0;
	if (text->size.kind == USDT_NOTHING) {
		long got = bpf_probe_read_user_str(to, room, (const void *)address);

		return got > 0 ? got - 1 : 0;
	}
	size = usdt_argument(registers, &text->size);
	taken = size < room ? size : room - 1;
	/* Or the compiler compares what the verifier does not remember. */
	asm volatile("" : "+r"(taken));
	if (!taken || taken >= room || bpf_probe_read_user(to, taken, (const void *)address))
		return 0;
	return size;
}

/* Counts what was cut. One that just fits looks as if it were. */
static __always_inline void count_cut(__u64 size, const __u32 room)
{
	if (size >= room - 1)
		LEDGER_ADD(truncated);
}

#endif
