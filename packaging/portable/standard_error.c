// SPDX-License-Identifier: Apache-2.0
/* A place of our own for what libbpf's archive takes from where only a program has it. */
#include <stdio.h>

__attribute__((visibility("hidden"))) FILE *portable_standard_error;

__attribute__((constructor)) static void set_standard_error(void)
{
	portable_standard_error = stderr;
}
