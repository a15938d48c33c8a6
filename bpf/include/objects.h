/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded BPF objects, one function each. */
#ifndef BPF_OBJECTS_H
#define BPF_OBJECTS_H

#include "object_image.h"

struct object_image biolatency_image(void);
struct object_image biosnoop_image(void);
struct object_image biotop_image(void);
struct object_image cachestat_image(void);
struct object_image capable_image(void);
struct object_image execsnoop_image(void);
struct object_image fsdist_image(void);
struct object_image fsslower_image(void);
struct object_image funclatency_image(void);
struct object_image gethostlatency_image(void);
struct object_image offcputime_image(void);
struct object_image opensnoop_image(void);
struct object_image profile_image(void);
struct object_image runqlat_image(void);
struct object_image syscount_image(void);
struct object_image tcpconnect_image(void);
struct object_image tcplife_image(void);
struct object_image tcpretrans_image(void);

#endif
