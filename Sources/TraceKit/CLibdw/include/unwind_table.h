/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The call frame information of executables and libraries, as rows that a program in the
 * kernel can follow. Whoever runs a program wrote these files, so only the process of
 * reader.h reads them.
 */
#ifndef CLIBDW_UNWIND_TABLE_H
#define CLIBDW_UNWIND_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "unwind_rows.h"

struct unwind_table {
	uint64_t base; /* the address, in the file, from which places are counted */
	size_t count;
	struct unwind_row rows[];
};

/*
 * Reads the section .eh_frame of a file of this machine. What it returns is freed by the
 * caller; NULL: errno is EFBIG where the section is larger than that, ENOMEM, or ENODATA where
 * there is none or it would have too many rows.
 */
struct unwind_table *unwind_read(int descriptor, uint64_t greatest_section);

#endif
