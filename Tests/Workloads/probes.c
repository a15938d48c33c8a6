// SPDX-License-Identifier: Apache-2.0
/*
 * workload probes NUMBER [PAUSE]
 *
 * Passes so many times by the probes below, which are declared as those of other programs
 * are (USDT: the notes that sys/sdt.h of systemtap writes): a collection of garbage in two
 * pools, as a Java machine has it, which takes PAUSE microseconds; a probe in two places;
 * and one with a semaphore. Prints how often the semaphore was set.
 */
#include "workload.h"

/* clang-format off */
#define PROBE(PROVIDER, NAME, SEMAPHORE, FIRST, SECOND)                       \
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
		     ".asciz \"-8@%0 8@%1\"\n"                                \
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
		     :: "r"(FIRST), "r"(SECOND))
/* clang-format on */

/* What a tracer counts up while it looks; the name is the one that the note has. */
volatile unsigned short fake_guarded_semaphore __attribute__((section(".probes"), used));

static void collect(long pause)
{
	static const char young[] = "young", old[] = "old";

	PROBE("hotspot", "mem__pool__gc__begin", "0", young, sizeof(young) - 1);
	PROBE("hotspot", "mem__pool__gc__begin", "0", old, sizeof(old) - 1);
	if (pause)
		usleep(pause);
	PROBE("hotspot", "mem__pool__gc__end", "0", young, sizeof(young) - 1);
	PROBE("hotspot", "mem__pool__gc__end", "0", old, sizeof(old) - 1);
}

static int probes(int count, char **arguments)
{
	long times, pause, seen = 0;

	if (count < 1 || count > 2)
		usage("probes NUMBER [PAUSE]");
	times = number(arguments[0]);
	pause = count > 1 ? number(arguments[1]) : 0;
	await_go("%d", getpid());
	for (long done = 0; done < times; done++) {
		collect(pause);
		PROBE("fake", "twice", "0", done, times);
		PROBE("fake", "twice", "0", done, times);
		if (fake_guarded_semaphore) {
			seen++;
			PROBE("fake", "guarded", "fake_guarded_semaphore", done, times);
		}
	}
	printf("%ld\n", seen);
	return 0;
}

WORKLOAD(probes, probes);
