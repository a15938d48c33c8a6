/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process of its own that reads files of traced processes and demangles their names.
 * It has no capabilities, limited memory, and only the descriptors that are passed to it.
 * A file or a name on which it crashes or stalls costs that process; see reader.c.
 *
 * Each message is one packet: a head and what follows it. The reader answers each request
 * in order. What it answers may come from a hostile file that took it over.
 */
#ifndef CLIBDW_READER_H
#define CLIBDW_READER_H

#include "symbols.h"
#include "unwind_table.h"

/* The process. */
struct reader {
	int pid;
	int channel;
};

enum reader_kind {
	READER_HELLO = 1, /* the first answer: status is whether libdw is installed */
	READER_OPEN, /* with a descriptor; count: enum reader_form; answer: an image */
	READER_LOAD, /* reads the functions of an open file */
	READER_WANT, /* asked while it loads: debug link; count: the attempt */
	READER_GIVE, /* the answer to that, with a descriptor or without */
	READER_FIND, /* addresses of 64 bits; answer: some of their names, the first first */
	READER_LINES, /* the same; answer: for some, how many frames, and each: see reader.c */
	READER_DEMANGLE, /* a name; answer: a name */
	READER_UNWIND, /* count: the first row; struct reader_unwind; answer: that, and rows */
};

enum reader_form {
	READER_ELF,
	READER_COMPILED /* what a compiler at run time says of its code */
};

struct reader_head {
	uint32_t kind;
	uint32_t file; /* which one, as the parent numbers them */
	uint32_t count;
	int32_t status; /* of an answer: 0, or an errno */
};

/* Asked: the largest section that is read. Answered: what its rows begin with. */
struct reader_unwind {
	uint64_t size; /* of the section, or the number of all rows */
	uint64_t base;
};

#define READER_FILES	 8192
#define READER_PACKET	 65536
/* A longer name is no name. */
#define READER_NAME	 16384
#define READER_ADDRESSES 512 /* of a request */

/* Starts a reader. Returns 0 or an errno. */
int reader_start(struct reader *reader);
/* Kills it. */
void reader_end(struct reader *reader);

/* Sends a packet, with a descriptor unless that is -1. Returns 0 or an errno. */
int reader_send(const struct reader *reader, const void *packet, size_t size, int descriptor);

/*
 * Waits for a packet, and for no longer than the reader may use the CPU, or than is left
 * of a generous time of waiting for it. Returns its size, or an errno below zero.
 */
long reader_receive(const struct reader *reader, void *packet, size_t size,
		    uint32_t cpu_milliseconds, uint32_t wait_milliseconds);

#endif
