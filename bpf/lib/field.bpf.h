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

#endif
