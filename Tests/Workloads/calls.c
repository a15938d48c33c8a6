// SPDX-License-Identifier: Apache-2.0
/*
 * workload calls NUMBER
 *
 * So many times the cheapest system call. No tool shows it, so what it costs more
 * while one runs is what the tool costs others.
 */
#include "workload.h"

#include <sys/syscall.h>

int calls(int count, char **arguments)
{
	long times;

	if (count != 1)
		usage("calls NUMBER");
	times = number(arguments[0]);
	await_go("%d", getpid());
	for (long done = 0; done < times; done++)
		syscall(SYS_getppid);
	return 0;
}
