// SPDX-License-Identifier: Apache-2.0
/*
 * workload collections NUMBER [MICROSECONDS]
 *
 * Passes so many times by the probes that a Java machine has for a collection of garbage,
 * which here takes some time, in two pools. Before them are two ends without a begin.
 */
#include "notes.h"
#include "workload.h"

static void collect(long microseconds)
{
	static const char young[] = "young", old[] = "old";

	PROBE("hotspot", "gc__begin", "0", 0, 0);
	PROBE("hotspot", "mem__pool__gc__begin", "0", young, old);
	PROBE("hotspot", "mem__pool__gc__begin", "0", old, young);
	if (microseconds)
		usleep(microseconds);
	PROBE("hotspot", "mem__pool__gc__end", "0", young, old);
	PROBE("hotspot", "mem__pool__gc__end", "0", old, young);
	PROBE("hotspot", "gc__end", "0", 0, 0);
}

static int collections(int count, char **arguments)
{
	long left, microseconds;

	if (count != 1 && count != 2)
		usage("collections NUMBER [MICROSECONDS]");
	left = number(arguments[0]);
	microseconds = count == 2 ? number(arguments[1]) : 0;
	await_go("%d", getpid());
	PROBE("hotspot", "mem__pool__gc__end", "0", 0, 0);
	PROBE("hotspot", "gc__end", "0", 0, 0);
	while (left--)
		collect(microseconds);
	return 0;
}

WORKLOAD(collections, collections);
