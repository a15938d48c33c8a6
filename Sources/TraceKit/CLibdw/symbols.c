// SPDX-License-Identifier: Apache-2.0
#include "files.h"

#include <dlfcn.h>
#include <elf.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * What is used of libdwfl's interface, which is stable (its symbols have versions).
 * Its header would make elfutils' development files necessary to build any tool.
 */
typedef int find_debug(void *module, void **data, const char *name, uint64_t base, const char *path,
		       const char *link, Elf32_Word checksum, char **found);

struct dwfl_callbacks {
	int (*find_elf)(void);
	find_debug *find_debuginfo;
	int (*section_address)(void);
	char **debuginfo_path;
};

static int no_file(void)
{
	return -1;
}

static find_debug find_debug_file;

static struct {
	void *(*begin)(const struct dwfl_callbacks *callbacks);
	void (*end)(void *dwfl);
	void (*report_begin)(void *dwfl);
	int (*report_end)(void *dwfl,
			  int (*removed)(void *, void *, const char *, uint64_t, void *),
			  void *argument);
	void *(*report_elf)(void *dwfl, const char *name, const char *path, int descriptor,
			    uint64_t base, bool add_address);
	int (*getsymtab)(void *module);
	const char *(*getsym_info)(void *module, int index, Elf64_Sym *symbol, uint64_t *address,
				   Elf64_Word *section, void **elf, uint64_t *bias);
	struct dwfl_callbacks callbacks;
} dw = {
	.callbacks = { .find_elf = no_file,
		       .find_debuginfo = find_debug_file,
		       .section_address = no_file },
};

static bool load_function(void *library, const char *name, void *function)
{
	void *found = dlsym(library, name);

	memcpy(function, &found, sizeof(found));
	return found;
}

static bool load(void)
{
	void *library;

	/* A tracer fetches nothing from the network. */
	unsetenv("DEBUGINFOD_URLS");
	library = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);
	return library && load_function(library, "dwfl_begin", &dw.begin) &&
	       load_function(library, "dwfl_end", &dw.end) &&
	       load_function(library, "dwfl_report_begin", &dw.report_begin) &&
	       load_function(library, "dwfl_report_end", &dw.report_end) &&
	       load_function(library, "dwfl_report_elf", &dw.report_elf) &&
	       load_function(library, "dwfl_module_getsymtab", &dw.getsymtab) &&
	       load_function(library, "dwfl_module_getsym_info", &dw.getsym_info);
}

bool symbols_available(void)
{
	static int available = -1;

	if (available < 0)
		available = load();
	return available;
}

/* The file that is being read: libdwfl passes nothing of its caller to the callback. */
static struct {
	const struct symbol_image *image;
	symbols_open_debug *open_debug;
	void *context;
} reading;

/* As many as there are folders to look in, and a few more. */
#define DEBUG_CANDIDATES 8

static int find_debug_file(void *module, void **data, const char *name, uint64_t base,
			   const char *path, const char *link, Elf32_Word checksum, char **found)
{
	(void)module, (void)data, (void)name, (void)base, (void)path, (void)found;
	if (!reading.open_debug)
		return -1;
	for (uint32_t attempt = 0; attempt < DEBUG_CANDIDATES; attempt++) {
		const int descriptor = reading.open_debug(reading.context, link, attempt);

		if (descriptor < 0)
			return -1;
		if (debug_file_belongs(descriptor, reading.image, checksum))
			return descriptor;
		close(descriptor);
	}
	return -1;
}

/* Of several names of one function the one that others call it by. */
static unsigned int rank(const Elf64_Sym *symbol)
{
	const unsigned char binding = ELF64_ST_BIND(symbol->st_info);
	const bool is_function = ELF64_ST_TYPE(symbol->st_info) != STT_NOTYPE;

	return (is_function ? 4 : 0) + (binding == STB_GLOBAL ? 2 : binding == STB_WEAK);
}

static bool is_code(const Elf64_Sym *symbol, const char *name)
{
	const unsigned char type = ELF64_ST_TYPE(symbol->st_info);

	if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx == SHN_ABS || !name || !*name)
		return false;
	/* A label of an assembler is code where a person named it. */
	return type == STT_FUNC || type == STT_GNU_IFUNC || (type == STT_NOTYPE && *name != '$');
}

static int by_address(const void *left, const void *right)
{
	const struct symbol *one = left, *other = right;

	if (one->address != other->address)
		return one->address < other->address ? -1 : 1;
	if (one->rank != other->rank)
		return one->rank < other->rank ? -1 : 1;
	return strcmp(other->name, one->name);
}

void table_sort(struct symbol_table *table)
{
	qsort(table->symbols, table->count, sizeof(table->symbols[0]), by_address);
}

static struct symbol_table *read_module(void *dwfl, void *module)
{
	const int count = dw.getsymtab(module);
	struct symbol_table *table;

	if (count <= 0)
		return NULL;
	table = malloc(sizeof(*table) + count * sizeof(table->symbols[0]));
	if (!table)
		return NULL;
	*table = (struct symbol_table){ .module = module, .dwfl = dwfl };
	for (int index = 0; index < count; index++) {
		Elf64_Sym symbol;
		uint64_t address;
		const char *name =
			dw.getsym_info(module, index, &symbol, &address, NULL, NULL, NULL);

		/* Whatever has no name leaves the symbol as it was. */
		if (!name || !is_code(&symbol, name))
			continue;
		table->symbols[table->count++] = (struct symbol){
			.address = address,
			.size = symbol.st_size,
			.name = name,
			.rank = rank(&symbol),
		};
	}
	table_sort(table);
	return table;
}

static struct symbol_table *read_symbols(int descriptor, const struct symbol_image *image,
					 symbols_open_debug *open_debug, void *context)
{
	struct symbol_table *table = NULL;
	void *dwfl, *module;
	/* It closes the one that it is given. */
	const int own = dup(descriptor);

	if (own < 0 || !symbols_available())
		goto out;
	dwfl = dw.begin(&dw.callbacks);
	if (!dwfl)
		goto out;
	reading.image = image;
	reading.open_debug = open_debug;
	reading.context = context;
	dw.report_begin(dwfl);
	module = dw.report_elf(dwfl, "", "", own, 0, true);
	dw.report_end(dwfl, NULL, NULL);
	if (module)
		table = read_module(dwfl, module);
	if (!table)
		dw.end(dwfl);
	if (module)
		return table;
out:
	if (own >= 0)
		close(own);
	return NULL;
}

struct symbol_table *symbols_read(int descriptor, const struct symbol_image *image,
				  symbols_open_debug *open_debug, void *context)
{
	return go_functions(read_symbols(descriptor, image, open_debug, context), descriptor);
}

void symbols_free(struct symbol_table *table)
{
	if (!table)
		return;
	if (table->dwfl)
		dw.end(table->dwfl);
	free(table->text);
	free(table);
}

const char *symbols_find(const struct symbol_table *table, uint64_t address)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (table->symbols[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	/* Parts of functions lie inside of others. */
	for (size_t back = 0; back < 64 && low > back; back++) {
		const struct symbol *symbol = &table->symbols[low - 1 - back];

		if (symbol->size ? address - symbol->address < symbol->size : back == 0)
			return symbol->name;
	}
	return NULL;
}

/* libstdc++ and libswiftCore; both are in every tool. */
char *__cxa_demangle(const char *name, char *buffer, size_t *size, int *status);
char *swift_demangle(const char *name, size_t length, char *buffer, size_t *size, uint32_t flags);

char *symbols_demangle(const char *name)
{
	if (!strncmp(name, "_Z", 2))
		return __cxa_demangle(name, NULL, NULL, NULL);
	return swift_demangle(name, strlen(name), NULL, NULL, 0);
}
