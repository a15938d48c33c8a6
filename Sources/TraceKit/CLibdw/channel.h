/* SPDX-License-Identifier: Apache-2.0 */
/* What both ends of a reader's channel share. */
#ifndef CLIBDW_CHANNEL_H
#define CLIBDW_CHANNEL_H

#include "reader.h"

/*
 * What an executable is called where it is to be a reader. Whoever uses it links what
 * serves, which nothing else refers to.
 */
extern char reader_argument[];
/* The descriptor of the channel there. */
#define READER_CHANNEL 3

#if defined(__SANITIZE_ADDRESS__)
#define READER_IS_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define READER_IS_SANITIZED true
#endif
#endif
#ifndef READER_IS_SANITIZED
#define READER_IS_SANITIZED false
#endif

struct packet {
	struct reader_head head;
	char body[READER_PACKET - sizeof(struct reader_head)];
};

/* Returns 0 or an errno. */
int channel_send(int channel, const void *packet, size_t size, int descriptor);
/*
 * Returns the size of a packet, 0 at the end, or an errno below zero. A descriptor that
 * it brings is the caller's; any further ones are closed.
 */
long channel_receive(int channel, void *packet, size_t size, int *descriptor);

#endif
