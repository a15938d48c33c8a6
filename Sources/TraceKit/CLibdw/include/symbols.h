/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The symbols of executables and libraries by elfutils' libdw, and of code that was
 * compiled at run time. Whoever runs a program wrote these files and names, so only the
 * process of reader.h reads them.
 */
#ifndef CLIBDW_SYMBOLS_H
#define CLIBDW_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Loads libdw. Returns whether it is installed. */
bool symbols_available(void);

/* The functions of one file. */
struct symbol_table;

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

/* Returns whether the file is a program or a library of this machine's byte order. */
bool symbols_image(int descriptor, struct symbol_image *image);

/*
 * Opens a candidate for the file of debug information that belongs to a file.
 *
 * link: the name in its debug link, or NULL.
 * attempt: 0, 1, ...
 * Returns a descriptor, which is closed by the caller, or -1 where there are no more.
 */
typedef int symbols_open_debug(void *context, const char *link, uint32_t attempt);

/*
 * Reads the functions of a file, or where it has no symbol table those of the first
 * candidate with its build id or the checksum of its debug link. The descriptor stays
 * open. Returns NULL where there are none.
 */
struct symbol_table *symbols_read(int descriptor, const struct symbol_image *image,
				  symbols_open_debug *open_debug, void *context);

/*
 * Reads the functions in what a compiler at run time writes for perf: a map, of which a
 * line has an address, a size (both hexadecimal) and a name, or a dump, of which a record
 * has them. What was written last to an address is what is there now. Returns NULL where
 * there are none.
 */
struct symbol_table *symbols_read_compiled(int descriptor);

void symbols_free(struct symbol_table *table);

/*
 * The function that an address of the file lies in, or NULL. The name is the linker's
 * and lives as long as the table.
 */
const char *symbols_find(const struct symbol_table *table, uint64_t address);

/* A function that is at an address, and where in its source that is. */
struct source_frame {
	const char *name; /* the linker's; NULL: that of symbols_find() */
	const char *file; /* NULL: unknown */
	uint32_t line; /* 0: unknown */
};

/* More that are nested in each other are left out. */
#define SOURCE_FRAMES 16

/*
 * The functions that are at an address of a file by its debug information: those that are
 * inlined there, the innermost first, and the last is the one that they are in. Returns
 * their number; 0: nothing is known. The texts live as long as the table.
 */
size_t symbols_lines(const struct symbol_table *table, uint64_t address,
		     struct source_frame frames[static SOURCE_FRAMES]);

/*
 * The name of C++ or Swift that a linker's name stands for, to be freed; NULL where it
 * is none. A hostile name makes it run for ever or use all memory.
 */
char *symbols_demangle(const char *name);

#endif
