/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the tools, as Package.swift found them, and the table of their aliases. */
#ifndef COLLECTION_H
#define COLLECTION_H

/* With a comma between two. */
const char *collection_tools(void);

/* Sources/Tools/aliases.txt */
const char *collection_aliases(void);

#endif
