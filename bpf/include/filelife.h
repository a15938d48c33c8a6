/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_FILELIFE_H
#define BPF_FILELIFE_H

#include "names.h"

/* So many files are remembered; the oldest make room. */
#define FILE_LIVES 32768

struct filelife_config {
	struct trace_config trace;
};
_Static_assert(sizeof(struct filelife_config) == 96, "layout is shared with Swift");

#endif
