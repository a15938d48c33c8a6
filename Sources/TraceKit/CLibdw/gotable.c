// SPDX-License-Identifier: Apache-2.0
/*
 * The functions of a program of Go, by the table that its runtime needs for its own
 * stacks (golang.org/s/go12symtab; src/debug/gosym/pclntab.go). It is there in a program
 * without symbols too.
 */
#include "files.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The largest programs of Go have some tens of megabytes. */
#define GREATEST_TABLE	 (256ul << 20)
#define GREATEST_NAMES	 (1ul << 20)
#define MOST_SECTIONS	 4096
/* Entries of a table of relocations. */
#define MOST_RELOCATIONS (1ul << 20)

/* The first word, by the version of Go that came with a new form. */
enum {
	GO_1_2 = 0xfffffffb,
	GO_1_16 = 0xfffffffa,
	GO_1_18 = 0xfffffff0,
	GO_1_20 = 0xfffffff1
};

struct table {
	unsigned char *bytes;
	size_t size;
	uint64_t text; /* what addresses are added to */
	uint64_t count;
	size_t functions, names, entries; /* places in bytes */
	size_t width; /* of an address or an offset among the entries */
};

static bool read_at(int descriptor, void *to, size_t size, uint64_t offset)
{
	return pread(descriptor, to, size, (off_t)offset) == (ssize_t)size;
}

static uint64_t number(const struct table *table, size_t place, size_t width)
{
	uint64_t value = 0;

	if (place > table->size || table->size - place < width)
		return 0;
	memcpy(&value, table->bytes + place, width);
	return value;
}

/* --- Where it is --- */

struct sections {
	Elf64_Shdr table, text, relocations;
	bool has_symbols;
};

static void sort_section(struct sections *sections, const Elf64_Shdr *section, const char *name)
{
	if (!strcmp(name, ".gopclntab") || !strcmp(name, ".data.rel.ro.gopclntab"))
		sections->table = *section;
	else if (!strcmp(name, ".text"))
		sections->text = *section;
	else if (!strcmp(name, ".rela.dyn") || !strcmp(name, ".rela"))
		sections->relocations = *section;
	if (section->sh_type == SHT_SYMTAB)
		sections->has_symbols = true;
}

static bool find_sections(int descriptor, struct sections *sections)
{
	Elf64_Ehdr head;
	Elf64_Shdr section, names;
	char name[32];

	if (!read_at(descriptor, &head, sizeof(head), 0) || head.e_ident[EI_CLASS] != ELFCLASS64 ||
	    head.e_shentsize != sizeof(section) ||
	    !read_at(descriptor, &names, sizeof(names),
		     head.e_shoff + head.e_shstrndx * sizeof(section)))
		return false;
	for (unsigned int index = 0; index < head.e_shnum && index < MOST_SECTIONS; index++) {
		ssize_t count;

		if (!read_at(descriptor, &section, sizeof(section),
			     head.e_shoff + index * sizeof(section)) ||
		    section.sh_name >= names.sh_size || names.sh_size > GREATEST_NAMES)
			return false;
		count = pread(descriptor, name, sizeof(name) - 1,
			      (off_t)(names.sh_offset + section.sh_name));
		if (count < 0)
			return false;
		name[count] = 0;
		sort_section(sections, &section, name);
	}
	return sections->table.sh_size && sections->table.sh_type != SHT_NOBITS;
}

/* What the linker at run time puts at an address. */
static uint64_t relocated(int descriptor, const Elf64_Shdr *section, uint64_t address)
{
	Elf64_Rela entries[256];

	for (uint64_t first = 0; first < MOST_RELOCATIONS; first += 256) {
		const uint64_t place = first * sizeof(entries[0]);
		ssize_t count;

		if (place >= section->sh_size)
			return 0;
		count = pread(descriptor, entries, sizeof(entries),
			      (off_t)(section->sh_offset + place));
		if (count <= 0)
			return 0;
		for (size_t index = 0; index < count / sizeof(entries[0]); index++)
			if (entries[index].r_offset == address)
				return entries[index].r_addend;
	}
	return 0;
}

/* --- What it says --- */

/* The head has the number of functions, of files, and then places. */
static bool read_head(struct table *table)
{
	const uint32_t version = number(table, 0, 4);
	const size_t word = number(table, 7, 1);
	size_t place = 8;

	if (word != 8)
		return false;
	table->count = number(table, place, word);
	table->width = version == GO_1_18 || version == GO_1_20 ? 4 : word;
	switch (version) {
	case GO_1_2:
		table->entries = place + word;
		return true;
	case GO_1_18:
	case GO_1_20:
		table->text = number(table, place + 2 * word, word);
		place += word;
		/* fallthrough */
	case GO_1_16:
		table->names = number(table, place + 2 * word, word);
		table->entries = table->functions = number(table, place + 6 * word, word);
		return true;
	default:
		return false;
	}
}

/* The entries are addresses, each with the place of what is known of the function. */
static bool read_entry(const struct table *table, uint64_t index, struct symbol *symbol)
{
	const size_t width = table->width, entry = table->entries + index * 2 * width;
	const size_t function = table->functions + number(table, entry + width, width);
	const uint64_t start = number(table, entry, width);
	const size_t name = table->names + number(table, function + width, 4);

	/* The name's place follows the address; the last byte of all is a NUL. */
	if (function + width + 4 > table->size || name >= table->size || !table->bytes[name])
		return false;
	*symbol = (struct symbol){
		.address = table->text + start,
		.size = number(table, entry + 2 * width, width) - start,
		.name = (const char *)table->bytes + name,
	};
	return symbol->size && symbol->size < 1ul << 32;
}

static bool read_table(int descriptor, bool without_symbols, struct table *table)
{
	struct sections sections = {};

	if (!find_sections(descriptor, &sections) || (without_symbols && sections.has_symbols) ||
	    sections.table.sh_size > GREATEST_TABLE)
		return false;
	table->size = sections.table.sh_size;
	table->bytes = malloc(table->size + 1);
	if (!table->bytes)
		return false;
	table->bytes[table->size] = 0;
	if (!read_at(descriptor, table->bytes, table->size, sections.table.sh_offset) ||
	    !read_head(table))
		return false;
	/* The place of the text in the head is for the linker to fill in, or left out. */
	if (table->width == 4 && !table->text)
		table->text = relocated(descriptor, &sections.relocations,
					sections.table.sh_addr + 8 + 2 * 8);
	if (table->width == 4 && !table->text)
		table->text = sections.text.sh_addr;
	return table->entries < table->size &&
	       table->count < (table->size - table->entries) / (2 * table->width);
}

struct symbol_table *go_functions(struct symbol_table *others, int descriptor)
{
	struct table table = {};
	struct symbol_table *all = NULL;
	size_t count = others ? others->count : 0;

	if (read_table(descriptor, true, &table))
		all = realloc(others, sizeof(*all) + (count + table.count) * sizeof(struct symbol));
	if (!all) {
		free(table.bytes);
		return others;
	}
	if (!others)
		*all = (struct symbol_table){};
	for (uint64_t index = 0; index < table.count; index++)
		if (read_entry(&table, index, &all->symbols[count]))
			count++;
	all->count = count;
	all->text = (char *)table.bytes;
	table_sort(all);
	return all;
}

/* --- Its stacks --- */

/*
 * What ends a stack, as Go's own unwinder has it, and what goes on to another (topofstack()
 * and gentraceback() in src/runtime/traceback.go). A frame pointer there is that of whoever
 * ran before.
 */
static const struct {
	const char *name;
	bool is_switch;
} edges[] = {
	{ "runtime.goexit", false },	{ "runtime.mstart", false },
	{ "runtime.rt0_go", false },	{ "runtime.mcall", false },
	{ "runtime.morestack", false }, { "runtime.systemstack", true },
	{ "runtime.asmcgocall", true }, { "runtime.cgocallback", true },
};

#define EDGES (sizeof(edges) / sizeof(edges[0]))

/* Functions that are written in assembly can have their calling convention in their names. */
static bool is_named(const char *symbol, const char *name)
{
	const size_t length = strlen(name);

	return !strncmp(symbol, name, length) &&
	       (!symbol[length] || !strcmp(symbol + length, ".abi0"));
}

size_t go_stack_edges(int descriptor, struct stack_edge *found, size_t room)
{
	struct table table = {};
	struct symbol symbol;
	size_t count = 0;

	if (!read_table(descriptor, false, &table))
		table.count = 0;
	for (uint64_t index = 0; index < table.count; index++) {
		if (!read_entry(&table, index, &symbol))
			continue;
		for (size_t edge = 0; edge < EDGES && count < room; edge++)
			if (is_named(symbol.name, edges[edge].name))
				found[count++] = (struct stack_edge){
					symbol.address,
					symbol.size,
					edges[edge].is_switch,
				};
	}
	free(table.bytes);
	return count;
}
