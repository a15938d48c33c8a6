// SPDX-License-Identifier: Apache-2.0
#include "symbols.h"

#include <dlfcn.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/*
 * What is used of libdwfl's interface, which is stable (its symbols have versions).
 * Its header would make elfutils' development files necessary to build any tool.
 */
struct dwfl_callbacks {
	int (*find_elf)(void);
	int (*find_debuginfo)(void);
	int (*section_address)(void);
	char **debuginfo_path;
};

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
} dw;

static bool load_function(void *library, const char *name, void *function)
{
	void *found = dlsym(library, name);

	memcpy(function, &found, sizeof(found));
	return found;
}

static bool load(void)
{
	void *library = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);
	static char *usual_path;

	if (!library)
		return false;
	/* A tracer fetches nothing from the network. */
	unsetenv("DEBUGINFOD_URLS");
	dw.callbacks.debuginfo_path = &usual_path;
	return load_function(library, "dwfl_begin", &dw.begin) &&
	       load_function(library, "dwfl_end", &dw.end) &&
	       load_function(library, "dwfl_report_begin", &dw.report_begin) &&
	       load_function(library, "dwfl_report_end", &dw.report_end) &&
	       load_function(library, "dwfl_report_elf", &dw.report_elf) &&
	       load_function(library, "dwfl_module_getsymtab", &dw.getsymtab) &&
	       load_function(library, "dwfl_module_getsym_info", &dw.getsym_info) &&
	       load_function(library, "dwfl_build_id_find_elf", &dw.callbacks.find_elf) &&
	       load_function(library, "dwfl_standard_find_debuginfo", &dw.callbacks.find_debuginfo);
}

bool symbols_available(void)
{
	static int available = -1;

	if (available < 0)
		available = load();
	return available;
}

struct symbol {
	uint64_t address;
	uint64_t size;
	const char *name;
	unsigned int rank;
};

struct symbol_table {
	void *dwfl; /* owns the names */
	size_t count;
	struct symbol symbols[];
};

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

static struct symbol_table *read_module(void *dwfl, void *module)
{
	const int count = dw.getsymtab(module);
	struct symbol_table *table;

	if (count <= 0)
		return NULL;
	table = malloc(sizeof(*table) + count * sizeof(table->symbols[0]));
	if (!table)
		return NULL;
	table->dwfl = dwfl;
	table->count = 0;
	for (int index = 0; index < count; index++) {
		Elf64_Sym symbol;
		uint64_t address;
		const char *name =
			dw.getsym_info(module, index, &symbol, &address, NULL, NULL, NULL);

		if (!is_code(&symbol, name))
			continue;
		table->symbols[table->count++] = (struct symbol){
			.address = address,
			.size = symbol.st_size,
			.name = name,
			.rank = rank(&symbol),
		};
	}
	qsort(table->symbols, table->count, sizeof(table->symbols[0]), by_address);
	return table;
}

struct symbol_table *symbols_read(int descriptor, const char *path)
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
	dw.report_begin(dwfl);
	module = dw.report_elf(dwfl, path, path, own, 0, true);
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

void symbols_free(struct symbol_table *table)
{
	if (table)
		dw.end(table->dwfl);
	free(table);
}

const char *symbols_find(const struct symbol_table *table, uint64_t address, uint64_t *distance)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (table->symbols[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	/* Parts of functions stand inside of others; a label has no size and no end. */
	for (size_t back = 0; back < 64 && low > back; back++) {
		const struct symbol *symbol = &table->symbols[low - 1 - back];

		if (symbol->size ? address - symbol->address < symbol->size : back == 0) {
			*distance = address - symbol->address;
			return symbol->name;
		}
	}
	return NULL;
}

static bool read_at(int descriptor, void *to, size_t size, uint64_t offset)
{
	return pread(descriptor, to, size, (off_t)offset) == (ssize_t)size;
}

/* linux/elf.h: a note's name and contents begin at multiples of four bytes. */
static void find_build_id(int descriptor, uint64_t offset, uint64_t size,
			  struct symbol_image *image)
{
	unsigned char notes[4096];
	size_t place = 0;

	if (size > sizeof(notes) || !read_at(descriptor, notes, size, offset))
		return;
	while (place + sizeof(Elf64_Nhdr) <= size) {
		Elf64_Nhdr note;
		size_t name, contents;

		memcpy(&note, notes + place, sizeof(note));
		name = place + sizeof(note);
		contents = name + (((size_t)note.n_namesz + 3) & ~3ul);
		place = contents + (((size_t)note.n_descsz + 3) & ~3ul);
		if (place > size)
			return;
		if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 ||
		    memcmp(notes + name, "GNU", 4) || note.n_descsz > BUILD_ID_SIZE)
			continue;
		image->build_id_size = note.n_descsz;
		memcpy(image->build_id, notes + contents, note.n_descsz);
		return;
	}
}

static void add_segment(int descriptor, const Elf64_Phdr *header, struct symbol_image *image)
{
	if (header->p_type == PT_LOAD && (header->p_flags & PF_X) &&
	    image->segment_count < SYMBOL_SEGMENTS)
		image->segments[image->segment_count++] = (struct symbol_segment){
			.offset = header->p_offset,
			.size = header->p_filesz,
			.address = header->p_vaddr,
		};
	if (header->p_type == PT_NOTE && !image->build_id_size)
		find_build_id(descriptor, header->p_offset, header->p_filesz, image);
}

/* The same fields in a 32-bit file, in another order. */
static Elf64_Phdr widened(const Elf32_Phdr *header)
{
	return (Elf64_Phdr){
		.p_type = header->p_type,
		.p_flags = header->p_flags,
		.p_offset = header->p_offset,
		.p_vaddr = header->p_vaddr,
		.p_filesz = header->p_filesz,
	};
}

bool symbols_image(int descriptor, struct symbol_image *image)
{
	union {
		unsigned char identity[EI_NIDENT];
		Elf64_Ehdr wide;
		Elf32_Ehdr narrow;
	} head;
	const uint16_t one = 1;
	const unsigned char order = *(const unsigned char *)&one ? ELFDATA2LSB : ELFDATA2MSB;
	unsigned int count;
	bool is_wide;

	memset(image, 0, sizeof(*image));
	if (!read_at(descriptor, &head.narrow, sizeof(head.narrow), 0) ||
	    memcmp(head.identity, ELFMAG, SELFMAG) || head.identity[EI_DATA] != order)
		return false;
	is_wide = head.identity[EI_CLASS] == ELFCLASS64;
	if (is_wide && !read_at(descriptor, &head.wide, sizeof(head.wide), 0))
		return false;
	count = is_wide ? head.wide.e_phnum : head.narrow.e_phnum;
	for (unsigned int index = 0; index < count && index < 256; index++) {
		Elf64_Phdr header;
		Elf32_Phdr narrow;

		if (is_wide) {
			if (!read_at(descriptor, &header, sizeof(header),
				     head.wide.e_phoff + index * sizeof(header)))
				break;
		} else {
			if (!read_at(descriptor, &narrow, sizeof(narrow),
				     head.narrow.e_phoff + index * sizeof(narrow)))
				break;
			header = widened(&narrow);
		}
		add_segment(descriptor, &header, image);
	}
	return true;
}

/* libstdc++ and libswiftCore; both are in every tool. */
char *__cxa_demangle(const char *name, char *buffer, size_t *size, int *status);
char *swift_demangle(const char *name, size_t length, char *buffer, size_t *size, uint32_t flags);

char *symbols_demangle_cxx(const char *name)
{
	return __cxa_demangle(name, NULL, NULL, NULL);
}

char *symbols_demangle_swift(const char *name)
{
	return swift_demangle(name, strlen(name), NULL, NULL, 0);
}
