/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that processes map to be executed, as the kernel tells them to profilers: by the
 * records of a perf event that itself never occurs (linux/perf_event.h).
 */
#include "linux.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Some thousand records; a power of two. */
#define BUFFER_PAGES 64

static size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

static size_t area_size(void)
{
	return (BUFFER_PAGES + 1) * page_size();
}

int linux_collect_mappings(int cpu, void **area)
{
	struct perf_event_attr attributes = {
		.size = sizeof(attributes),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.sample_type = PERF_SAMPLE_TIME,
		.sample_id_all = 1,
		.mmap = 1,
		.mmap2 = 1,
		.watermark = 1,
		.wakeup_watermark = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
	const int descriptor =
		syscall(__NR_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	int failed;

	if (descriptor < 0)
		return -1;
	*area = mmap(NULL, area_size(), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
	if (*area != MAP_FAILED)
		return descriptor;
	failed = errno;
	close(descriptor);
	errno = failed;
	return -1;
}

/* A record, which may begin at the end of the buffer and go on at its start. */
struct record {
	struct perf_event_header header;
	uint32_t pid;
	uint32_t tid;
	uint64_t start;
	uint64_t size;
	uint64_t offset;
	uint32_t major;
	uint32_t minor;
	uint64_t inode;
	uint64_t generation;
	uint32_t protection;
	uint32_t flags;
	char rest[4096 + 64]; /* the path, filled up to whole words, and the time */
};

static void copy_record(const char *buffer, size_t size, uint64_t position, struct record *record,
			size_t count)
{
	const size_t start = position % size;
	const size_t first = count < size - start ? count : size - start;

	memcpy(record, buffer + start, first);
	memcpy((char *)record + first, buffer, count - first);
}

static void read_mapping(const struct record *record, struct linux_mapping *mapping, char *path)
{
	const size_t head = offsetof(struct record, rest);
	size_t count = record->header.size - head - sizeof(mapping->time_ns);

	memcpy(&mapping->time_ns, record->rest + count, sizeof(mapping->time_ns));
	if (count >= LINUX_PATH_ROOM)
		count = LINUX_PATH_ROOM - 1;
	memcpy(path, record->rest, count);
	path[count] = 0;
	mapping->start = record->start;
	mapping->size = record->size;
	mapping->inode = record->inode;
	mapping->generation = record->generation;
	mapping->major = record->major;
	mapping->minor = record->minor;
	mapping->pid = record->pid;
}

int linux_next_mapping(void *area, struct linux_mapping *mapping, char *path)
{
	struct perf_event_mmap_page *page = area;
	const char *buffer = (char *)area + page_size();
	const size_t size = BUFFER_PAGES * page_size();
	const size_t least = offsetof(struct record, rest) + sizeof(mapping->time_ns);
	const uint64_t end = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	uint64_t position = page->data_tail;
	struct record record;
	int found = 0;

	while (!found && position < end) {
		size_t count;

		copy_record(buffer, size, position, &record, sizeof(record.header));
		count = record.header.size;
		if (count < sizeof(record.header)) {
			found = -1;
			position = end;
			break;
		}
		if (record.header.type == PERF_RECORD_LOST) {
			found = -1;
		} else if (record.header.type == PERF_RECORD_MMAP2 && count >= least &&
			   count <= sizeof(record)) {
			copy_record(buffer, size, position, &record, count);
			read_mapping(&record, mapping, path);
			found = path[0] == '/' && path[1] != '/';
		}
		position += count;
	}
	__atomic_store_n(&page->data_tail, position, __ATOMIC_RELEASE);
	return found;
}

void linux_end_mappings(int descriptor, void *area)
{
	munmap(area, area_size());
	close(descriptor);
}
