/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The embedded BPF objects, one function each, and all that their programs share with
 * Swift. `make bpf` writes the list.
 */
#ifndef BPF_OBJECTS_H
#define BPF_OBJECTS_H

#include "object_image.h"
#include "../build/list.h"

#endif
