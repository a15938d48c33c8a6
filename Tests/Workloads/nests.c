// SPDX-License-Identifier: Apache-2.0
/*
 * workload nests sleep|sort|ask NUMBER [thread]
 *
 * Goes through the C library, which is compiled without frame pointers: sleeps so often,
 * each time for a millisecond, or for so many milliseconds uses the CPU where qsort()
 * compares, or so often asks there to change the root directory to what it is, which takes a
 * capability. With a third argument in a thread of its own. Who has asked waits to be told
 * to end.
 */
#include "workload.h"

static volatile unsigned long sink;
static long amount;

__attribute__((noinline)) static void nest_f(void)
{
	usleep(1000);
	sink++;
}

__attribute__((noinline)) static void nest_g(void)
{
	nest_f();
	sink++;
}

__attribute__((noinline)) static int compare_slowly(const void *left, const void *right)
{
	for (int turn = 0; turn < 1000000; turn++)
		sink++;
	return *(const char *)left - *(const char *)right;
}

__attribute__((noinline)) static void nest_sort(void)
{
	char letters[] = "nests";

	qsort(letters, 2, 1, compare_slowly);
	sink++;
}

__attribute__((noinline)) static int compare_asking(const void *left, const void *right)
{
	if (chroot("/"))
		die("chroot");
	return *(const char *)left - *(const char *)right;
}

__attribute__((noinline)) static void nest_ask(void)
{
	char letters[] = "nests";

	qsort(letters, 2, 1, compare_asking);
	sink++;
}

static void *ask_often(void *unused)
{
	for (long turn = 0; turn < amount; turn++)
		nest_ask();
	return unused;
}

static void *sleep_often(void *unused)
{
	for (long turn = 0; turn < amount; turn++)
		nest_g();
	return unused;
}

static void *sort_long(void *unused)
{
	const long long end = cpu_time() + amount * 1000000;

	while (cpu_time() < end)
		nest_sort();
	return unused;
}

static void *(*work_of(const char *kind))(void *)
{
	if (!strcmp(kind, "sleep"))
		return sleep_often;
	return strcmp(kind, "ask") ? sort_long : ask_often;
}

static int nests(int count, char **arguments)
{
	if (count != 2 && count != 3)
		usage("nests sleep|sort|ask NUMBER [thread]");
	amount = number(arguments[1]);
	await_go("%s", "");
	work_in(count == 3, work_of(arguments[0]));
	if (!strcmp(arguments[0], "ask"))
		await_go("%s", "");
	return 0;
}

WORKLOAD(nests, nests);
