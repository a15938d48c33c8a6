/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_PATH_H
#define BPF_PATH_H

#ifdef __bpf__
#include "vmlinux.h"
#else
#include <linux/types.h>
#endif

#define PATH_ARGUMENT_SIZE 4096

/*
 * A path after an event: size bytes of the path itself and, where it is
 * relative and the full one is asked, base_size bytes of the names of its
 * directory from the innermost outwards, each ended by a NUL.
 */
struct event_path {
	__u16 size; /* with the NUL; 0: it could not be read, or there is none */
	__u16 base_size;
	__u16 cut; /* the path or the directory is longer than what follows */
	__u16 padding;
};
_Static_assert(sizeof(struct event_path) == 8, "layout is shared with Swift");

#endif
