/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_OBJECT_IMAGE_H
#define WIRE_OBJECT_IMAGE_H

/* A compiled BPF object as data. */
struct object_image {
	const char *name;
	const void *start;
	unsigned long size;
};

/* bpf/follow.bpf.c */
struct object_image follow_image(void);

#endif
