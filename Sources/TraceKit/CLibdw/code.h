/* SPDX-License-Identifier: Apache-2.0 */
/* The code of a file of x86-64, and where functions begin in it. */
#ifndef CLIBDW_CODE_H
#define CLIBDW_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CODE_ENTRY = 1,
	CODE_NO_RETURN = 2 /* the function that begins here never returns */
};

struct code {
	uint64_t address;
	size_t size;
	uint8_t *bytes;
	uint8_t *marks; /* of each byte */
};

/* Reads the first executable segment. What it leaves is freed by code_free in any case. */
bool code_read(int descriptor, struct code *code);
void code_free(struct code *code);

#endif
