// SPDX-License-Identifier: Apache-2.0
/* The program that lists tasks, for what any tool prepares of those that are there. */
#include "object_image.h"

__attribute__((aligned(8))) static const unsigned char tasks_object[] = {
#embed "../../../bpf/build/tasks.bpf.o"
};

struct object_image tasks_image(void)
{
	return (struct object_image){ "tasks", tasks_object, sizeof(tasks_object), "" };
}
