// SPDX-License-Identifier: Apache-2.0
/*
 * files SECONDS SEED LIBRARY
 *
 * Reads files as whoever runs a program may write them, with AddressSanitizer and
 * UndefinedBehaviorSanitizer in what reads them (Sources/TraceKit/CLibdw): a library, and a
 * text about code that was compiled at run time, spoilt in ever new places. Tests/Sanitized/run
 * builds and starts it.
 */
#define _GNU_SOURCE
#include "symbols.h"

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
	if (!table)
		return;
	for (int count = 0; count < 32; count++) {
		const char *name = symbols_find(table, next() % 2 ? next() % 0x10000 : number());

		if (name && strlen(name) > 256ul << 20)
			abort();
	}
	symbols_free(table);
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

int main(int count, char **arguments)
{
	static const char text[] = "1000 10 first\n0x2000 20 a name; with  spaces\n1000 8 second\n"
				   "ffffffffffffff00 1000 last\n7f0000001000 ffff other\n";
	unsigned char *library, *spoilt;
	struct symbol_image image;
	unsigned long rounds = 0;
	size_t size;
	time_t end;

	if (count != 4)
		return 64;
	end = time(NULL) + atol(arguments[1]);
	state = strtoull(arguments[2], NULL, 10);
	library = read_all(arguments[3], &size);
	spoilt = malloc(size);
	if (!symbols_available() || !spoilt) {
		fprintf(stderr, "libdw is not installed\n");
		return 1;
	}
	debug_descriptor = file_of(library, size);
	for (; time(NULL) < end; rounds++) {
		const size_t length = next() % 8 ? size : next() % size;
		unsigned char map[sizeof(text)];
		int file;

		memcpy(spoilt, library, size);
		spoil(spoilt, size);
		file = file_of(spoilt, length);
		if (symbols_image(file, &image))
			look_up(symbols_read(file, &image, open_debug, NULL));
		close(file);
		memcpy(map, text, sizeof(text));
		spoil(map, sizeof(map));
		file = file_of(map, next() % 8 ? sizeof(text) - 1 : next() % sizeof(text));
		look_up(symbols_read_perf_map(file));
		close(file);
	}
	printf("FUZZ\tfiles\t%lu rounds\n", rounds);
	free(library);
	free(spoilt);
	return 0;
}
