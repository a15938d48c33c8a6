// SPDX-License-Identifier: Apache-2.0
/* The programs that follow descendants, which any tool may ask for. */
#include "object_image.h"

__attribute__((aligned(8))) static const unsigned char follow_object[] = {
#embed "../../../bpf/build/follow.bpf.o"
};

struct object_image follow_image(void)
{
	return (struct object_image){ "follow", follow_object, sizeof(follow_object), "" };
}
