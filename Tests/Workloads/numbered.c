// SPDX-License-Identifier: Apache-2.0
/*
 * workload numbered NUMBER
 *
 * Calls 1,000 functions, numbered_1000 to numbered_1999, each once more than the rest of its
 * number divided by NUMBER.
 */
#include "workload.h"

#define EACH_OF_10(DO, N) \
	DO(N##0) DO(N##1) DO(N##2) DO(N##3) DO(N##4) DO(N##5) DO(N##6) DO(N##7) DO(N##8) DO(N##9)
#define EACH_OF_100(DO, N)   \
	EACH_OF_10(DO, N##0) \
	EACH_OF_10(DO, N##1) \
	EACH_OF_10(DO, N##2) \
	EACH_OF_10(DO, N##3) \
	EACH_OF_10(DO, N##4) \
	EACH_OF_10(DO, N##5) \
	EACH_OF_10(DO, N##6) \
	EACH_OF_10(DO, N##7) \
	EACH_OF_10(DO, N##8) \
	EACH_OF_10(DO, N##9)
#define EACH_OF_1000(DO, N)   \
	EACH_OF_100(DO, N##0) \
	EACH_OF_100(DO, N##1) \
	EACH_OF_100(DO, N##2) \
	EACH_OF_100(DO, N##3) \
	EACH_OF_100(DO, N##4) \
	EACH_OF_100(DO, N##5) \
	EACH_OF_100(DO, N##6) \
	EACH_OF_100(DO, N##7) \
	EACH_OF_100(DO, N##8) \
	EACH_OF_100(DO, N##9)

/* No two do the same, or a linker could make them one. */
#define DEFINE(N)                                               \
	__attribute__((noinline)) long numbered_##N(long value) \
	{                                                       \
		return value + N;                               \
	}
#define NAME(N) numbered_##N,

EACH_OF_1000(DEFINE, 1)

static long (*const functions[])(long) = { EACH_OF_1000(NAME, 1) };

static int numbered(int count, char **arguments)
{
	long divisor, sum = 0;

	if (count != 1)
		usage("numbered NUMBER");
	divisor = number(arguments[0]);
	await_go("%d", getpid());
	for (long index = 0; index < 1000; index++)
		for (long calls = (1000 + index) % divisor + 1; calls; calls--)
			sum = functions[index](sum);
	return sum < 0;
}

WORKLOAD(numbered, numbered);
