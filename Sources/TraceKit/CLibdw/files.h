/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share. */
#ifndef CLIBDW_FILES_H
#define CLIBDW_FILES_H

#include "symbols.h"

/* A function, or a label that a person gave to code. */
struct symbol {
	uint64_t address;
	uint64_t size; /* 0: a label, which has no end */
	const char *name;
	unsigned int rank; /* of several with one address the greatest counts */
};

struct symbol_table {
	void *module; /* of its dwfl, which has the debug information; or NULL */
	void *dwfl; /* owns the names, */
	char *text; /* or this those that it has not */
	size_t count;
	struct symbol symbols[];
};

/* Puts them into the order in which they are searched. */
void table_sort(struct symbol_table *table);

/* Whether a file is a dump of a compiler at run time, and its functions. */
bool symbols_is_dump(int descriptor);
struct symbol_table *symbols_read_dump(int descriptor);

/*
 * Adds the functions that a program of Go without symbols has in a table of its own.
 * Returns all of them, or what it was given, which may be NULL.
 */
struct symbol_table *go_functions(struct symbol_table *others, int descriptor);

/* A function at which a stack ends, or goes on as another one by the frame pointer. */
struct stack_edge {
	uint64_t address;
	uint64_t size;
	bool is_switch;
};

/* Those of Go's runtime in a program. Returns their number, at most that there is room for. */
size_t go_stack_edges(int descriptor, struct stack_edge *found, size_t room);

/*
 * Whether a file of debug information has the same build id as a file, or where that
 * has none, the checksum that its debug link wants.
 */
bool debug_file_belongs(int descriptor, const struct symbol_image *image, uint32_t checksum);

#endif
