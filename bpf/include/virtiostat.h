/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_VIRTIOSTAT_H
#define BPF_VIRTIOSTAT_H

#include "wire.h"

#define VIRTIO_NAME_SIZE 24

struct virtiostat_config {
	struct trace_config trace;
};
_Static_assert(sizeof(struct virtiostat_config) == 96, "layout is shared with Swift");

/* What was put into a queue; the names are of the queue whose address is the key. */
struct virtiostat_totals {
	__u64 buffers;
	__u64 in_lists; /* of memory that the device writes */
	__u64 out_lists;
	__u64 in_bytes;
	__u64 out_bytes;
	char driver[VIRTIO_NAME_SIZE];
	char device[VIRTIO_NAME_SIZE];
	char queue[VIRTIO_NAME_SIZE];
};
_Static_assert(sizeof(struct virtiostat_totals) == 112, "layout is shared with Swift");

#endif
