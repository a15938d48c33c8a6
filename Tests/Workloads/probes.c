// SPDX-License-Identifier: Apache-2.0
/*
 * workload probes NUMBER [PAUSE]
 *
 * Passes so many times by the probes below, which are declared as those of other programs
 * are (USDT: the notes that sys/sdt.h of systemtap writes): a collection of garbage in two
 * pools, as a Java machine has it, which takes PAUSE microseconds; a probe in two places;
 * and one with a semaphore. Prints how often the semaphore was set.
 */
#include "notes.h"
#include "workload.h"

/* What a tracer counts up while it looks; the name is the one that the note has. */
volatile unsigned short fake_guarded_semaphore __attribute__((section(".probes"), used));

static void collect(long pause)
{
	static const char young[] = "young", old[] = "old";
	/* What nobody has read is not in memory yet, and a tracer does not fetch it. */
	asm volatile("" : : "r"(*(volatile const char *)young), "r"(*(volatile const char *)old));
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
	/* Never passed: tools refuse to attach to a probe of this name. */
	if (times < 0)
		PROBE("python", "line", "0", times, pause);
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
