/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_OBJECT_IMAGE_H
#define WIRE_OBJECT_IMAGE_H

/* A compiled BPF object as data, and what its tool must know of the collection. */
struct object_image {
	const char *name;
	const void *start;
	unsigned long size;
	/* A line for each: the name, and the arguments it stands for; NULL where there is none. */
	const char *aliases;
	/* The executable that makes metrics of what the tool writes; NULL where there is none. */
	const char *exporter;
};

/* bpf/follow.bpf.c */
struct object_image follow_image(void);

/* bpf/tasks.bpf.c */
struct object_image tasks_image(void);

#endif
