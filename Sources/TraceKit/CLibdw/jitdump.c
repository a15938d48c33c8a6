// SPDX-License-Identifier: Apache-2.0
/*
 * The functions that a compiler at run time made, by the dump that it writes for perf
 * (tools/perf/Documentation/jitdump-specification.txt of the kernel's sources).
 */
#include "files.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DUMP_MAGIC     0x4a695444
#define MOST_RECORDS   (1ul << 20)
#define GREATEST_NAME  1024
#define GREATEST_NAMES (256ul << 20)

struct dump_head {
	uint32_t magic, version, size, machine, reserved, pid;
	uint64_t time, flags;
};

struct dump_record {
	uint32_t kind, size;
	uint64_t time;
};

/* A record of kind 0; the name follows, and then the code itself. */
struct dump_load {
	uint32_t pid, tid;
	uint64_t place, address, size, index;
};

enum {
	DUMP_LOAD = 0
};

bool symbols_is_dump(int descriptor)
{
	uint32_t magic;

	return pread(descriptor, &magic, sizeof(magic), 0) == sizeof(magic) && magic == DUMP_MAGIC;
}

/* Until all are there the name of a symbol is its place in the text. */
struct names {
	char *text;
	size_t size, room;
};

static bool add_name(struct names *names, const char *name, size_t length)
{
	if (names->room - names->size <= length) {
		const size_t room = names->room ? 2 * names->room : 65536;
		char *text = room > GREATEST_NAMES ? NULL : realloc(names->text, room);

		if (!text)
			return false;
		names->text = text;
		names->room = room;
	}
	memcpy(names->text + names->size, name, length);
	names->size += length;
	names->text[names->size++] = 0;
	return true;
}

static bool add_symbol(struct symbol_table **table, size_t *room, const struct symbol *symbol)
{
	struct symbol_table *all = *table;

	if (all->count == *room) {
		*room *= 2;
		all = realloc(all, sizeof(*all) + *room * sizeof(all->symbols[0]));
		if (!all)
			return false;
		*table = all;
	}
	all->symbols[all->count++] = *symbol;
	return true;
}

/* Returns whether there is more to read. */
static bool read_record(int descriptor, uint64_t *place, struct names *names,
			struct symbol_table **table, size_t *room)
{
	struct {
		struct dump_record record;
		struct dump_load load;
		char name[GREATEST_NAME];
	} bytes;
	const size_t least = sizeof(bytes.record) + sizeof(bytes.load);
	const ssize_t count = pread(descriptor, &bytes, sizeof(bytes), (off_t)*place);
	struct symbol symbol;

	if (count < (ssize_t)sizeof(bytes.record) || bytes.record.size < sizeof(bytes.record))
		return false;
	*place += bytes.record.size;
	if (bytes.record.kind != DUMP_LOAD || count <= (ssize_t)least ||
	    bytes.record.size <= least || !bytes.load.size || !bytes.name[0])
		return true;
	symbol = (struct symbol){
		.address = bytes.load.address,
		.size = bytes.load.size,
		.name = (const char *)names->size,
		.rank = (*table)->count,
	};
	if (symbol.address + symbol.size <= symbol.address)
		return true;
	return add_name(names, bytes.name, strnlen(bytes.name, count - least)) &&
	       add_symbol(table, room, &symbol);
}

struct symbol_table *symbols_read_dump(int descriptor)
{
	size_t room = 1024;
	struct symbol_table *table = malloc(sizeof(*table) + room * sizeof(table->symbols[0]));
	struct names names = {};
	struct dump_head head;
	uint64_t place;

	if (!table)
		return NULL;
	*table = (struct symbol_table){};
	if (pread(descriptor, &head, sizeof(head), 0) == sizeof(head) && head.size >= sizeof(head))
		place = head.size;
	else
		place = sizeof(head);
	for (size_t record = 0; record < MOST_RECORDS; record++)
		if (!read_record(descriptor, &place, &names, &table, &room))
			break;
	for (size_t index = 0; index < table->count; index++)
		table->symbols[index].name = names.text + (size_t)table->symbols[index].name;
	table->text = names.text;
	table_sort(table);
	return table;
}
