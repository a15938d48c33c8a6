/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_ARGDIST_H
#define BPF_ARGDIST_H

#include "calls.h"
#include "values.h"
#include "wire.h"

#define ARGDIST_VALUES	  4
#define ARGDIST_TEXT_SIZE 128

/* Of one probe: each has an object of its own. */
struct argdist_config {
	struct trace_config trace;
	__u32 probe; /* its number, for its keys */
	__u32 has_powers; /* count the powers of two of the first value, not the value */
	struct calls_config calls; /* of which the return is measured */
	struct value_program begin; /* what is kept of the begin */
	struct value_program values;
};
_Static_assert(sizeof(struct argdist_config) == 2744, "layout is shared with Swift");

/* What is counted. */
struct argdist_key {
	__u32 probe;
	__u32 padding;
	__s64 values[ARGDIST_VALUES]; /* of a text its length with the NUL, or a negative errno */
	char text[ARGDIST_TEXT_SIZE];
};
_Static_assert(sizeof(struct argdist_key) == 168, "layout is shared with Swift");

#endif
