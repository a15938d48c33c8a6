// SPDX-License-Identifier: Apache-2.0
/*
 * The compiled programs as data. Each lies in a section of its own, so that the
 * linker keeps in an executable only the object that it asks for; libbpf wants
 * them aligned to eight bytes. `make bpf` writes the list.
 */
#include "objects.h"

#define EMBEDDED(NAME)                                   \
	__attribute__((section(".rodata.object." #NAME), \
		       aligned(8))) static const unsigned char NAME##_object[]

#define IMAGE(NAME, ALIASES)                                                                   \
	__attribute__((section(".text.object." #NAME))) struct object_image NAME##_image(void) \
	{                                                                                      \
		return (struct object_image){                                                  \
			#NAME, NAME##_object, sizeof(NAME##_object), ALIASES, EXPORTER,        \
		};                                                                             \
	}

#include "build/list.c"
