/* SPDX-License-Identifier: Apache-2.0 */
/* What the reader may do. */
#ifndef CLIBDW_CONFINE_H
#define CLIBDW_CONFINE_H

/*
 * Drops all privileges that reading files does not need, for good, and limits this process;
 * ends it where that fails. All libraries must be loaded by then.
 */
void confine(void);

#endif
