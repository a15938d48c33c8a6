/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The symbols of executables and libraries by elfutils' libdw, which is loaded when
 * the first file is opened: tools that name no stacks neither need nor load it.
 */
#ifndef CLIBDW_SYMBOLS_H
#define CLIBDW_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether libdw is there. */
bool symbols_available(void);

/* The functions of one file. */
struct symbol_table;

/*
 * Reads them from a file, or where that has none of its own from the file of debug
 * information that its build id or its debug link names. The descriptor stays open.
 * NULL where there are none.
 */
struct symbol_table *symbols_read(int descriptor, const char *path);
void symbols_free(struct symbol_table *table);

/*
 * The function that an address of the file lies in, with the distance from its start,
 * or NULL. The name is the linker's and lives as long as the table.
 */
const char *symbols_find(const struct symbol_table *table, uint64_t address, uint64_t *distance);

/* The part of a file that the kernel maps from an offset on. */
struct symbol_segment {
	uint64_t offset;
	uint64_t size;
	uint64_t address;
};

#define SYMBOL_SEGMENTS 16
#define BUILD_ID_SIZE	32

/* What the head of an ELF file says. */
struct symbol_image {
	struct symbol_segment segments[SYMBOL_SEGMENTS];
	uint32_t segment_count;
	uint32_t build_id_size; /* 0: none */
	unsigned char build_id[BUILD_ID_SIZE];
};

/* Returns whether the file is ELF of this machine's byte order. */
bool symbols_image(int descriptor, struct symbol_image *image);

/* The name of C++ that a linker's name stands for, to be freed; NULL where it is none. */
char *symbols_demangle_cxx(const char *name);
/* The same of Swift. */
char *symbols_demangle_swift(const char *name);

#endif
