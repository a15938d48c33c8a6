/* SPDX-License-Identifier: Apache-2.0 */
/* What code without call frame information says itself of its callers. */
#ifndef CLIBDW_CODEFLOW_H
#define CLIBDW_CODEFLOW_H

#include <stddef.h>
#include <stdint.h>

/* The rule of each byte (unwind_rows.h); UNWIND_UNKNOWN where it is not known. */
struct code_rules {
	size_t size;
	uint32_t rules[];
};

/*
 * Follows the code of a file's first executable segment from its functions on. What it returns
 * is freed by the caller; NULL where the code is not as compilers write it, or too large.
 */
struct code_rules *code_rules_read(int descriptor);

#endif
