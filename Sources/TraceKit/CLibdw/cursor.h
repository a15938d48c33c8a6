/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that are read one after the other, none of them beyond the end. */
#ifndef CLIBDW_CURSOR_H
#define CLIBDW_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *place;
	const uint8_t *end;
	bool failed;
};

static inline uint64_t left(const struct cursor *cursor)
{
	return cursor->end - cursor->place;
}

static inline const uint8_t *take(struct cursor *cursor, uint64_t size)
{
	const uint8_t *taken = cursor->place;

	if (size > left(cursor)) {
		cursor->failed = true;
		cursor->place = cursor->end;
		return NULL;
	}
	cursor->place += size;
	return taken;
}

static inline uint64_t take_number(struct cursor *cursor, unsigned int size)
{
	const uint8_t *bytes = take(cursor, size);
	uint64_t number = 0;

	/* Only files of this machine's byte order are read. */
	if (bytes)
		memcpy(&number, bytes, size);
	return number;
}

static inline int64_t take_signed(struct cursor *cursor, unsigned int size)
{
	const unsigned int unused = 64 - 8 * size;

	return (int64_t)(take_number(cursor, size) << unused) >> unused;
}

static inline uint64_t take_leb(struct cursor *cursor, bool is_signed)
{
	unsigned int shift = 0;
	uint64_t number = 0;
	uint8_t byte;

	do {
		byte = take_number(cursor, 1);
		if (shift < 64)
			number |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (is_signed && shift < 64 && byte & 0x40)
		number |= ~0ull << shift;
	return number;
}

static inline uint64_t take_unsigned_leb(struct cursor *cursor)
{
	return take_leb(cursor, false);
}

static inline int64_t take_signed_leb(struct cursor *cursor)
{
	return (int64_t)take_leb(cursor, true);
}

static inline struct cursor take_block(struct cursor *cursor, uint64_t size)
{
	const uint8_t *bytes = take(cursor, size);

	return (struct cursor){ bytes, bytes ? bytes + size : bytes, !bytes };
}

#endif
