/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Which times off the CPUs are counted. */
#ifndef WIRE_ABSENCE_H
#define WIRE_ABSENCE_H

#include "wire.h"

struct absence_config {
	__u64 min_ns;
	__u64 max_ns;
	__u32 user_threads; /* only these */
	__u32 kernel_threads;
};
_Static_assert(sizeof(struct absence_config) == 24, "layout is shared with Swift");

#endif
