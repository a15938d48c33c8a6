// SPDX-License-Identifier: Apache-2.0
/* Where in the source an address is, by the debug information that libdw reads. */
#include "files.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/*
 * What is used of libdw's interface, which is stable; the values are DWARF's own
 * (version 5, sections 7.5 and 7.24).
 */
struct entry {
	void *address, *unit, *abbreviation;
	long padding;
};

struct attribute {
	unsigned int code, form;
	void *value, *unit;
};

enum {
	TAG_INLINED_SUBROUTINE = 0x1d,
	TAG_SUBPROGRAM = 0x2e
};
enum {
	AT_CALL_FILE = 0x58,
	AT_CALL_LINE = 0x59,
	AT_LINKAGE_NAME = 0x6e
};

static struct {
	struct entry *(*addrdie)(void *module, uint64_t address, uint64_t *bias);
	struct entry *(*nextcu)(void *module, struct entry *last, uint64_t *bias);
	int (*haspc)(struct entry *entry, uint64_t address);
	void *(*getsrc_die)(struct entry *unit, uint64_t address);
	int (*lineno)(void *line, int *number);
	const char *(*linesrc)(void *line, uint64_t *time, uint64_t *length);
	int (*getscopes)(struct entry *unit, uint64_t address, struct entry **scopes);
	int (*getscopes_die)(struct entry *entry, struct entry **scopes);
	int (*tag)(struct entry *entry);
	const char *(*diename)(struct entry *entry);
	struct attribute *(*attr_integrate)(struct entry *entry, unsigned int name,
					    struct attribute *result);
	const char *(*formstring)(struct attribute *attribute);
	int (*formudata)(struct attribute *attribute, uint64_t *value);
	int (*getsrcfiles)(struct entry *unit, void **files, size_t *count);
	const char *(*filesrc)(void *files, size_t index, uint64_t *time, uint64_t *length);
} dw;

static bool load(void)
{
	const struct {
		const char *name;
		void *function;
	} wanted[] = {
		{ "dwfl_module_addrdie", &dw.addrdie },
		{ "dwfl_module_nextcu", &dw.nextcu },
		{ "dwarf_haspc", &dw.haspc },
		{ "dwarf_getsrc_die", &dw.getsrc_die },
		{ "dwarf_lineno", &dw.lineno },
		{ "dwarf_linesrc", &dw.linesrc },
		{ "dwarf_getscopes", &dw.getscopes },
		{ "dwarf_getscopes_die", &dw.getscopes_die },
		{ "dwarf_tag", &dw.tag },
		{ "dwarf_diename", &dw.diename },
		{ "dwarf_attr_integrate", &dw.attr_integrate },
		{ "dwarf_formstring", &dw.formstring },
		{ "dwarf_formudata", &dw.formudata },
		{ "dwarf_getsrcfiles", &dw.getsrcfiles },
		{ "dwarf_filesrc", &dw.filesrc },
	};
	void *library = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);

	for (size_t index = 0; library && index < sizeof(wanted) / sizeof(wanted[0]); index++) {
		void *found = dlsym(library, wanted[index].name);

		if (!found)
			return false;
		memcpy(wanted[index].function, &found, sizeof(found));
	}
	return library;
}

static bool is_loaded(void)
{
	static int loaded = -1;

	if (loaded < 0)
		loaded = load();
	return loaded;
}

static uint64_t value_of(struct entry *entry, unsigned int name)
{
	struct attribute attribute;
	uint64_t value;

	if (!dw.attr_integrate(entry, name, &attribute) || dw.formudata(&attribute, &value))
		return 0;
	return value;
}

static const char *name_of(struct entry *entry)
{
	struct attribute attribute;
	const char *name = NULL;

	if (dw.attr_integrate(entry, AT_LINKAGE_NAME, &attribute))
		name = dw.formstring(&attribute);
	return name ? name : dw.diename(entry);
}

static const char *called_from(struct entry *unit, struct entry *inlined)
{
	const uint64_t number = value_of(inlined, AT_CALL_FILE);
	void *files;
	size_t count;

	if (!number || dw.getsrcfiles(unit, &files, &count) || number >= count)
		return NULL;
	return dw.filesrc(files, number, NULL, NULL);
}

/*
 * The compilation unit that an address is in. The index of addresses that compilers of GNU
 * write (.debug_aranges) is missing in what clang makes, and then all units are looked at.
 */
static struct entry *unit_of(void *module, uint64_t address, uint64_t *bias)
{
	struct entry *unit = dw.addrdie(module, address, bias);

	if (unit)
		return unit;
	while ((unit = dw.nextcu(module, unit, bias)))
		if (dw.haspc(unit, address - *bias) == 1)
			return unit;
	return NULL;
}

/* The scopes around an address, the innermost first, as they are nested in the code. */
static int scopes_of(struct entry *unit, uint64_t address, struct entry **scopes)
{
	struct entry *around;
	const int count = dw.getscopes(unit, address, &around);
	int nested;

	if (count <= 0)
		return 0;
	nested = dw.getscopes_die(around, scopes);
	free(around);
	return nested;
}

size_t symbols_lines(const struct symbol_table *table, uint64_t address,
		     struct source_frame frames[static SOURCE_FRAMES])
{
	struct entry *unit, *scopes = NULL;
	struct source_frame place = {};
	uint64_t bias = 0;
	size_t count = 0;
	int nested, line = 0;
	void *found;

	if (!table->module || !is_loaded())
		return 0;
	unit = unit_of(table->module, address, &bias);
	found = unit ? dw.getsrc_die(unit, address - bias) : NULL;
	if (!found)
		return 0;
	place.file = dw.linesrc(found, NULL, NULL);
	place.line = dw.lineno(found, &line) || line < 0 ? 0 : line;
	nested = scopes_of(unit, address - bias, &scopes);
	for (int index = 0; index < nested && count + 1 < SOURCE_FRAMES; index++) {
		const int tag = dw.tag(&scopes[index]);

		if (tag == TAG_SUBPROGRAM)
			break;
		if (tag != TAG_INLINED_SUBROUTINE)
			continue;
		place.name = name_of(&scopes[index]);
		frames[count++] = place;
		place.file = called_from(unit, &scopes[index]);
		place.line = value_of(&scopes[index], AT_CALL_LINE);
	}
	free(nested > 0 ? scopes : NULL);
	place.name = NULL;
	frames[count++] = place;
	return count;
}
