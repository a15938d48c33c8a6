// SPDX-License-Identifier: Apache-2.0
/*
 * workload checks [--stay] NUMBER CAPABILITY
 *
 * Makes the kernel check a capability so many times: sys_chroot (chroot to /), setuid
 * (to the own user), sys_admin (as every new mapping asks, without an audit). Does
 * nothing else that asks for one. Whether it is refused is up to the user who runs it.
 * With --stay it waits to be told to end.
 */
#include "workload.h"

#include <sys/mman.h>

static volatile int sink;

/* Not in checks(), which is in the stacks where this one is not: see naps.c. */
__attribute__((noinline)) static void check(const char *capability)
{
	int failed = 0;

	if (!strcmp(capability, "sys_chroot"))
		failed = chroot("/");
	else if (!strcmp(capability, "setuid"))
		failed = setuid(getuid());
	else if (!strcmp(capability, "sys_admin"))
		failed = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			      0) == MAP_FAILED;
	else
		usage(capability);
	if (failed && errno != EPERM)
		die(capability);
	sink++;
}

static int checks(int count, char **arguments)
{
	bool stays = count && !strcmp(arguments[0], "--stay");

	count -= stays;
	arguments += stays;
	if (count != 2)
		usage("checks [--stay] NUMBER CAPABILITY");
	await_go("%d", getpid());
	for (long done = 0; done < number(arguments[0]); done++)
		check(arguments[1]);
	if (stays)
		await_go("%d", getpid());
	_exit(0);
}

WORKLOAD(checks, checks);
