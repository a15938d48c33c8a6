/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_OBJECT_IMAGE_H
#define WIRE_OBJECT_IMAGE_H

/* A compiled BPF object as data, and the other names of its tool. */
struct object_image {
	const char *name;
	const void *start;
	unsigned long size;
	/* A line for each: the name, and the arguments it stands for; NULL where there is none. */
	const char *aliases;
};

/* bpf/follow.bpf.c */
struct object_image follow_image(void);

#endif
