// SPDX-License-Identifier: Apache-2.0
/*
 * files SECONDS SEED LIBRARY...
 *
 * Reads files as whoever runs a program may write them, with AddressSanitizer and
 * UndefinedBehaviorSanitizer in what reads them (Sources/TraceKit/CLibdw): libraries, and a
 * text and a dump about code that was compiled at run time, spoilt in ever new places. Tests/Sanitized/run
 * builds and starts it.
 */
#define _GNU_SOURCE
#include "symbols.h"
#include "unwind_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static uint64_t state;

/* splitmix64: any seed will do. */
static uint64_t next(void)
{
	uint64_t value = state += 0x9e3779b97f4a7c15;

	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
	value = (value ^ value >> 27) * 0x94d049bb133111eb;
	return value ^ value >> 31;
}

static uint64_t number(void)
{
	static const uint64_t limits[] = { 0,	       1,	   0x7f,       0xff,
					   0xffff,     0x7fffffff, 0xffffffff, 1ull << 40,
					   1ull << 63, ~0ull,	   ~0ull - 8,  4096 };

	return next() % 4 ? limits[next() % (sizeof(limits) / sizeof(limits[0]))] : next();
}

/* Where headers and tables are, most changes do something. */
static void spoil(unsigned char *file, size_t size)
{
	for (uint64_t count = 1 + next() % 8; count; count--) {
		const size_t place =
			next() % 3 ? next() % size : next() % (size < 4096 ? size : 4096);
		const size_t width = 1ul << next() % 4;
		const uint64_t value = next() % 3 ? number() : file[place] ^ 1ul << next() % 8;

		if (place + width <= size)
			memcpy(file + place, &value, width);
	}
}

static int debug_descriptor;

static int open_debug(void *context, const char *link, uint32_t attempt)
{
	(void)context;
	if (link && strlen(link) > 1 << 20)
		abort();
	return attempt < 2 ? dup(debug_descriptor) : -1;
}

static void look_up(struct symbol_table *table)
{
	struct source_frame frames[SOURCE_FRAMES];

	if (!table)
		return;
	for (int count = 0; count < 32; count++) {
		const char *name = symbols_find(table, next() % 2 ? next() % 0x10000 : number());

		if (name && strlen(name) > 256ul << 20)
			abort();
		for (size_t frame = symbols_lines(table, next() % 0x10000, frames); frame;
		     frame--) {
			const char *file = frames[frame - 1].file;

			if (file && strlen(file) > 256ul << 20)
				abort();
		}
	}
	symbols_free(table);
}

static void follow(struct unwind_table *table)
{
	if (!table)
		return;
	for (size_t row = 1; row < table->count; row++)
		if (table->rows[row].place <= table->rows[row - 1].place)
			abort();
	free(table);
}

static int file_of(const unsigned char *bytes, size_t size)
{
	const int descriptor = memfd_create("file", MFD_CLOEXEC);

	if (descriptor < 0 || write(descriptor, bytes, size) != (ssize_t)size) {
		perror("memfd");
		exit(1);
	}
	return descriptor;
}

static unsigned char *read_all(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	unsigned char *bytes = malloc(1 << 20);

	if (!file || !bytes) {
		perror(path);
		exit(1);
	}
	*size = fread(bytes, 1, 1 << 20, file);
	fclose(file);
	return bytes;
}

/* libswiftCore has it. */
char *swift_demangle(const char *name, size_t length, char *buffer, size_t *size, uint32_t flags)
{
	(void)name, (void)length, (void)buffer, (void)size, (void)flags;
	return NULL;
}

struct library {
	unsigned char *bytes;
	size_t size;
};

/* Spoilt, and cut at times. */
static int spoilt_file(const void *bytes, size_t size)
{
	unsigned char *spoilt = malloc(size);
	int file;

	if (!spoilt)
		exit(1);
	memcpy(spoilt, bytes, size);
	spoil(spoilt, size);
	file = file_of(spoilt, next() % 8 ? size : next() % size);
	free(spoilt);
	return file;
}

static void read_library(const struct library *library)
{
	struct symbol_image image;
	const int file = spoilt_file(library->bytes, library->size);

	if (symbols_image(file, &image))
		look_up(symbols_read(file, &image, open_debug, NULL));
	follow(unwind_read(file, 1 << 20));
	close(file);
}

static void read_compiled(const void *bytes, size_t size)
{
	const int file = spoilt_file(bytes, size);

	look_up(symbols_read_compiled(file));
	close(file);
}

/* A head, and two functions with their code. */
static const struct {
	uint32_t magic, version, size, machine, reserved, pid;
	uint64_t time, flags;
	struct {
		uint32_t kind, size;
		uint64_t time;
		uint32_t pid, tid;
		uint64_t place, address, length, index;
		char name_and_code[24];
	} functions[2];
} dump = {
	.magic = 0x4a695444,
	.version = 1,
	.size = 40,
	.functions = { { 0, 80, 0, 7, 7, 0, 0x1000, 16, 0, "first" },
		       { 0, 80, 0, 7, 7, 0, 0x2000, 16, 1, "second" } },
};

#define LIBRARIES 4

int main(int count, char **arguments)
{
	static const char text[] = "1000 10 first\n0x2000 20 a name; with  spaces\n1000 8 second\n"
				   "ffffffffffffff00 1000 last\n7f0000001000 ffff other\n";
	struct library libraries[LIBRARIES];
	unsigned long rounds = 0;
	time_t end;

	if (count < 4 || count - 3 > LIBRARIES)
		return 64;
	end = time(NULL) + atol(arguments[1]);
	state = strtoull(arguments[2], NULL, 10);
	if (!symbols_available()) {
		fprintf(stderr, "libdw is not installed\n");
		return 1;
	}
	for (int index = 0; index < count - 3; index++)
		libraries[index].bytes = read_all(arguments[3 + index], &libraries[index].size);
	debug_descriptor = file_of(libraries[0].bytes, libraries[0].size);
	for (; time(NULL) < end; rounds++) {
		for (int index = 0; index < count - 3; index++)
			read_library(&libraries[index]);
		read_compiled(text, sizeof(text) - 1);
		read_compiled(&dump, sizeof(dump));
	}
	printf("FUZZ\tfiles\t%lu rounds\n", rounds);
	for (int index = 0; index < count - 3; index++)
		free(libraries[index].bytes);
	return 0;
}
