/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LIB_FIELD_BPF_H
#define LIB_FIELD_BPF_H

#include <bpf/bpf_core_read.h>
#include "kernel_read.bpf.h"

/*
 * A field of a kernel's object: read in place where the verifier knows the type of
 * the pointer, which costs nothing, else by a helper. Where it is used, typed is a
 * constant.
 */
#define FIELD(OBJECT, NAME) (typed ? (OBJECT)->NAME : KERNEL_READ(OBJECT, NAME))

/* The same of a field of sixteen bytes, into what is aligned as a word. */
#define FIELD_16(TO, OBJECT, NAME)                        \
	do {                                              \
		if (typed)                                \
			COPY_16(TO, OBJECT, NAME);        \
		else                                      \
			KERNEL_READ_16(TO, OBJECT, NAME); \
	} while (0)

#endif
