/* SPDX-License-Identifier: Apache-2.0 */
/* Control groups with an account of memory, of either version. */
#ifndef GROUPS_H
#define GROUPS_H

#include <stdbool.h>
#include <stddef.h>

/* Writes a text into a file of a folder; whether that was taken whole. */
bool put_text(const char *folder, const char *name, const char *text);

/*
 * Makes a group of its own below the root of the hierarchy that has the controller of
 * memory, named after this process. Returns whether that is of version 2.
 */
bool make_memory_group(char *group, size_t size, const char *kind);

#endif
