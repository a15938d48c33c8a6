// SPDX-License-Identifier: Apache-2.0
/* The functions that a compiler at run time made, by the text that it writes for perf. */
#include "files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GREATEST_TEXT (256ul << 20)

/* A number in hexadecimal that a space ends. */
static const char *number(const char *text, const char *end, uint64_t *value)
{
	const char *digit;

	if (end - text > 2 && text[0] == '0' && text[1] == 'x')
		text += 2;
	*value = 0;
	for (digit = text; digit < end && *digit != ' '; digit++) {
		const char letter = *digit | 0x20;

		if (digit - text == 16)
			return NULL;
		if (*digit >= '0' && *digit <= '9')
			*value = *value << 4 | (uint64_t)(*digit - '0');
		else if (letter >= 'a' && letter <= 'f')
			*value = *value << 4 | (uint64_t)(letter - 'a' + 10);
		else
			return NULL;
	}
	return digit > text && digit < end ? digit + 1 : NULL;
}

/* Reads a line whose end is a NUL. */
static bool read_line(const char *line, const char *end, struct symbol *symbol)
{
	line = number(line, end, &symbol->address);
	if (line)
		line = number(line, end, &symbol->size);
	if (!line || line == end || !symbol->size)
		return false;
	symbol->name = line;
	return symbol->address + symbol->size > symbol->address;
}

/* The text, with a NUL for each end of a line and one more at its end. */
static char *read_text(int descriptor, size_t *size)
{
	struct stat status;
	size_t room, count = 0;
	char *text;

	if (fstat(descriptor, &status) || status.st_size <= 0 ||
	    (uint64_t)status.st_size > GREATEST_TEXT)
		return NULL;
	room = status.st_size;
	text = malloc(room + 1);
	if (!text)
		return NULL;
	while (count < room) {
		const ssize_t more = pread(descriptor, text + count, room - count, (off_t)count);

		if (more <= 0)
			break;
		count += more;
	}
	for (size_t place = 0; place < count; place++)
		if (text[place] == '\n')
			text[place] = 0;
	text[count] = 0;
	*size = count;
	return text;
}

static struct symbol_table *read_map(int descriptor)
{
	struct symbol_table *table;
	size_t size, lines = 1;
	char *text = read_text(descriptor, &size);

	if (!text)
		return NULL;
	for (size_t place = 0; place < size; place++)
		lines += !text[place];
	table = malloc(sizeof(*table) + lines * sizeof(table->symbols[0]));
	if (!table) {
		free(text);
		return NULL;
	}
	*table = (struct symbol_table){ .text = text };
	for (const char *line = text; line < text + size;) {
		const char *end = line + strlen(line);
		struct symbol *symbol = &table->symbols[table->count];

		if (read_line(line, end, symbol))
			symbol->rank = table->count++;
		line = end + 1;
	}
	table_sort(table);
	return table;
}

struct symbol_table *symbols_read_compiled(int descriptor)
{
	return symbols_is_dump(descriptor) ? symbols_read_dump(descriptor) : read_map(descriptor);
}
