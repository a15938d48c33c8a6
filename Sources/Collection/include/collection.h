/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the tools, from the list in Package.swift. */
#ifndef COLLECTION_H
#define COLLECTION_H

/* With a comma between two. */
const char *collection_tools(void);

#endif
