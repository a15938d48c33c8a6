/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef EXECS_H
#define EXECS_H

/* A key of the map `counts`: the name of a task, filled up with NULs. */
struct execs_name {
	char text[16];
};

#endif
