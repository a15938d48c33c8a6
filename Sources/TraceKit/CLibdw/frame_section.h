/* SPDX-License-Identifier: Apache-2.0 */
/* The section .eh_frame of a file, in which its call frame information is. */
#ifndef CLIBDW_FRAME_SECTION_H
#define CLIBDW_FRAME_SECTION_H

#include "cursor.h"

struct frame_section {
	uint8_t *bytes;
	uint64_t size;
	uint64_t address;
	uint64_t base; /* of the file's first page */
	uint64_t code, code_size; /* the first executable segment, from the base on */
	uint64_t entry; /* where a program begins; 0: nowhere */
};

/* How a pointer is written: its size in the low half, what it counts from in the high one. */
#define POINTER_ABSENT	 0xff
#define POINTER_RELATIVE 0x10

uint64_t take_pointer(const struct frame_section *section, struct cursor *cursor, uint8_t form);

/* Returns 0 or an errno. Its bytes are for the caller to free. */
int frame_section_read(int descriptor, uint64_t greatest, struct frame_section *section);

#endif
