/* SPDX-License-Identifier: Apache-2.0 */
/* The one io_uring of a workload. */
#ifndef RINGS_H
#define RINGS_H

#include <linux/io_uring.h>

/* Makes it, or does nothing where it is made. */
void make_ring(void);
void submit_request(const struct io_uring_sqe *request);

/* Waits for a result and returns it; errno says why it is negative. */
int next_completion(void);

#endif
