/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXAMPLE_OBJECTS_H
#define EXAMPLE_OBJECTS_H

#include "execs.h"
#include "object_image.h"
#include "renames.h"

struct object_image execs_image(void);
struct object_image renames_image(void);

#endif
