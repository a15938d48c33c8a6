// SPDX-License-Identifier: Apache-2.0
#include "rings.h"
#include "workload.h"

#include <sys/mman.h>
#include <sys/syscall.h>

/* As io_uring_setup(2) lays it out. */
static struct {
	int descriptor;
	struct io_uring_params params;
	struct io_uring_sqe *entries;
	char *queues;
} ring;

void make_ring(void)
{
	size_t queues;

	if (ring.queues)
		return;
	ring.descriptor = syscall(SYS_io_uring_setup, 8, &ring.params);
	if (ring.descriptor < 0)
		die("make a ring");
	queues = ring.params.cq_off.cqes + ring.params.cq_entries * sizeof(struct io_uring_cqe);
	ring.queues = mmap(NULL, queues, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			   ring.descriptor, IORING_OFF_SQ_RING);
	ring.entries = mmap(NULL, ring.params.sq_entries * sizeof(struct io_uring_sqe),
			    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.descriptor,
			    IORING_OFF_SQES);
	if (ring.queues == MAP_FAILED || ring.entries == MAP_FAILED)
		die("map a ring");
}

void submit_request(const struct io_uring_sqe *request)
{
	unsigned int *tail = (void *)(ring.queues + ring.params.sq_off.tail);
	unsigned int *slots = (void *)(ring.queues + ring.params.sq_off.array);
	unsigned int slot = *tail % ring.params.sq_entries;

	ring.entries[slot] = *request;
	slots[slot] = slot;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring.descriptor, 1, 0, 0, NULL, 0) != 1)
		die("submit a request");
}

int next_completion(void)
{
	unsigned int *head = (void *)(ring.queues + ring.params.cq_off.head);
	unsigned int *tail = (void *)(ring.queues + ring.params.cq_off.tail);
	struct io_uring_cqe *entries = (void *)(ring.queues + ring.params.cq_off.cqes);
	int result;

	while (*head == __atomic_load_n(tail, __ATOMIC_ACQUIRE)) {
		if (syscall(SYS_io_uring_enter, ring.descriptor, 0, 1, IORING_ENTER_GETEVENTS, NULL,
			    0) < 0)
			die("wait for a request");
	}
	result = entries[*head % ring.params.cq_entries].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	errno = result < 0 ? -result : 0;
	return result;
}
