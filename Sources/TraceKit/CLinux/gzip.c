// SPDX-License-Identifier: Apache-2.0
#include "linux.h"

#include <stdlib.h>
#include <zlib.h>

size_t linux_gzip(const void *bytes, size_t size, void **compressed)
{
	/* 16 more than the greatest window: with the head and the end of gzip. */
	const int window = MAX_WBITS + 16, memory = 8;
	z_stream stream = { .next_in = (Bytef *)bytes, .avail_in = size };
	size_t room;

	*compressed = NULL;
	if (size > UINT32_MAX || deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window,
					      memory, Z_DEFAULT_STRATEGY) != Z_OK)
		return 0;
	room = deflateBound(&stream, size);
	*compressed = malloc(room);
	stream.next_out = *compressed;
	stream.avail_out = room;
	if (*compressed && deflate(&stream, Z_FINISH) != Z_STREAM_END) {
		free(*compressed);
		*compressed = NULL;
	}
	deflateEnd(&stream);
	return *compressed ? stream.total_out : 0;
}
