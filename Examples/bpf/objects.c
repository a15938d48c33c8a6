// SPDX-License-Identifier: Apache-2.0
/* The compiled programs as data. libbpf needs them aligned to eight bytes. */
#include "objects.h"

#define ALIGNED __attribute__((aligned(8)))

ALIGNED static const unsigned char execs[] = {
#embed "build/execs.bpf.o"
};

struct object_image execs_image(void)
{
	return (struct object_image){ "execs", execs, sizeof(execs) };
}

ALIGNED static const unsigned char renames[] = {
#embed "build/renames.bpf.o"
};

struct object_image renames_image(void)
{
	return (struct object_image){ "renames", renames, sizeof(renames) };
}
