// SPDX-License-Identifier: Apache-2.0
/*
 * workload births NUMBER [pthread|c11 [stay]]
 *
 * Makes so many threads one after the other, which start in the function first_breath and
 * end at once. Says where that is. With "stay" it waits for another line before it ends, so
 * that its functions can be named.
 */
#include "workload.h"

#include <pthread.h>
#include <threads.h>

/* By its own name: the symbol is what a tracer shows. */
__attribute__((noinline, noclone)) void *first_breath(void *argument)
{
	return argument;
}

__attribute__((noinline, noclone)) int first_c11_breath(void *argument)
{
	return argument != NULL;
}

static void give_birth(bool c11)
{
	pthread_t thread;
	thrd_t other;

	if (c11) {
		if (thrd_create(&other, first_c11_breath, &other) != thrd_success)
			die("make a thread");
		thrd_join(other, NULL);
		return;
	}
	if (pthread_create(&thread, NULL, first_breath, NULL))
		die("make a thread");
	pthread_join(thread, NULL);
}

static int births(int count, char **arguments)
{
	const bool c11 = count > 1 && !strcmp(arguments[1], "c11");

	if (count < 1 || count > 3)
		usage("births NUMBER [pthread|c11 [stay]]");
	await_go("%lu", c11 ? (unsigned long)first_c11_breath : (unsigned long)first_breath);
	for (long left = number(arguments[0]); left > 0; left--)
		give_birth(c11);
	if (count == 3)
		await_go("to end");
	return 0;
}

WORKLOAD(births, births);
