/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The probes of language runtimes (bpf/lib/language.bpf.h). */
#ifndef WIRE_LANGUAGE_H
#define WIRE_LANGUAGE_H

#include "usdt.h"

/* What programs read of a probe: texts such as a class and a method, and numbers. */
#define LANGUAGE_TEXTS	 2
#define LANGUAGE_NUMBERS 2
/* Those of a method. */
#define LANGUAGE_CLASS	 0
#define LANGUAGE_METHOD	 1
/* Of one activity, such as the begin of a method. */
#define LANGUAGE_KINDS	 4
/* The places of the map, one for each program and more for others of the same probe. */
#define LANGUAGE_PLACES	 128

struct language_text {
	struct usdt_argument address;
	struct usdt_argument size; /* USDT_NOTHING: it ends with a NUL */
};
_Static_assert(sizeof(struct language_text) == 32, "layout is shared with Swift");

/* A place where a program passes by a probe. */
struct language_place {
	struct language_text texts[LANGUAGE_TEXTS];
	struct usdt_argument numbers[LANGUAGE_NUMBERS];
	__u32 kind; /* which of the language's probes for the activity it is */
	__u32 language;
};
_Static_assert(sizeof(struct language_place) == 104, "layout is shared with Swift");

struct language_config {
	__u32 has_cookies; /* of probes, by which programs know the place */
	__u32 padding;
};
_Static_assert(sizeof(struct language_config) == 8, "layout is shared with Swift");

#endif
