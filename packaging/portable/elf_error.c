// SPDX-License-Identifier: Apache-2.0
/*
 * What libelf's member of this name does, for a shared library. libbpf prints the
 * text where a file is no ELF file that it can read.
 */
#include <libelf.h>
#include <stdio.h>

void __libelf_seterrno(int value);

static _Thread_local int last_error;
static _Thread_local char text[32];

void __libelf_seterrno(int value)
{
	last_error = value;
}

int elf_errno(void)
{
	int value = last_error;

	last_error = 0;
	return value;
}

const char *elf_errmsg(int error)
{
	/* 0: only where there was an error; -1: the last one, be there one or not. */
	int value = error == 0 || error == -1 ? last_error : error;

	if (!error && !value)
		return NULL;
	snprintf(text, sizeof(text), "libelf's error %d", value);
	return text;
}
