/* SPDX-License-Identifier: Apache-2.0 */
/* What Swift cannot call by itself. */
#ifndef BENCH_SYSTEM_H
#define BENCH_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

/* The time that a BPF program ran, in ns, while statistics were on; -1 if it is gone. */
int64_t bench_program_time(uint32_t id);

/*
 * The time in ns that a BPF program of that name takes for a packet, from as many runs over
 * the same one, less what an empty program takes in such a test; -1 where the program has
 * another name, or does not run over packets.
 */
int64_t bench_packet_time(uint32_t id, const char *name, uint32_t runs);

/* The greatest id of a BPF link, from one that is known on. */
uint32_t bench_newest_link(uint32_t known);

/* Binds this process, and what it starts, to one CPU; to all with -1. */
int bench_bind(int cpu);

/* The two numbers of the disk that a file is on, or of a disk itself; else -1. */
int bench_disk(const char *path, unsigned int numbers[2]);

/* Whether bytes hold a text. */
int bench_contains(const void *bytes, size_t count, const char *text);

/* A pipe that no other program inherits. */
int bench_pipe(int ends[2]);

#endif
