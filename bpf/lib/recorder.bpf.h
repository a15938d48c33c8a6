/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events that stay in the kernel, the newest in the place of the oldest, where no user space
 * reads them (recorder.h). A BPF ring buffer keeps the oldest and refuses the newest, and
 * BPF_MAP_TYPE_QUEUE has one lock for all CPUs and values of one size.
 */
#ifndef LIB_RECORDER_BPF_H
#define LIB_RECORDER_BPF_H

#include "recorder.h"
#include <bpf/bpf_helpers.h>
#include "atomic.bpf.h"

const volatile struct recorder_config recorder;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct recorder_cell);
} recorder_cells SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* user space sets both sizes */
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u64));
} recorder_pages SEC(".maps");

/* What comes after it in the program stays after it. */
#define RECORDER_ORDERED() asm volatile("" ::: "memory")

/*
 * Whether the lane is now this program's. On the same CPU another one may be in it, which
 * this one interrupts or has preempted. The count shows it without an instruction that also
 * fetches, which kernels have from 5.12 only: who finds 1 after having added 1 is alone, and
 * whoever comes later finds more.
 */
static __always_inline bool recorder_enter(struct recorder_lane *lane)
{
	bool is_alone;

	ATOMIC_ADD(&lane->writers, 1);
	is_alone = *(volatile __u64 *)&lane->writers == 1;
	if (!is_alone)
		ATOMIC_ADD(&lane->writers, -1);
	RECORDER_ORDERED();
	return is_alone;
}

static __always_inline void recorder_leave(struct recorder_lane *lane)
{
	RECORDER_ORDERED();
	ATOMIC_ADD(&lane->writers, -1);
}

/* Room for an event in a lane that is this program's. */
static __always_inline void *recorder_room(struct recorder_lane *lane, __u32 number, __u64 size)
{
	__u64 position = lane->head;
	__u32 page = bpf_get_smp_processor_id() * recorder.stride;
	struct recorder_header *header;
	char *room;

	if (number == 0)
		page += position / RECORDER_PAGE & (recorder.pages - 1);
	else
		page += recorder.pages + number - 1;
	room = bpf_map_lookup_elem(&recorder_pages, &page);
	/* A CPU that came after the recorder has none. */
	if (!room)
		return NULL;
	/* Before the old records are overwritten: a reader compares it with what it has copied. */
	lane->head = position + sizeof(*header) + ((size + 7) & ~7ull);
	RECORDER_ORDERED();
	header = (void *)(room + (position & (RECORDER_PAGE - 8)));
	header->number = lane->count + 1;
	header->size = size;
	header->back = lane->count ? (position - lane->last) / 8 : 0;
	header->lane = number;
	return header + 1;
}

/* Room for an event, or NULL. It must be submitted. */
static __always_inline void *recorder_reserve(__u64 size)
{
	struct recorder_lane *lane;
	struct recorder_cell *cell;
	__u32 zero = 0, number;
	void *event;

	cell = bpf_map_lookup_elem(&recorder_cells, &zero);
	if (!cell)
		return NULL;
	if (recorder_enter(&cell->lanes[0])) {
		lane = &cell->lanes[0];
		number = 0;
	} else if (recorder_enter(&cell->lanes[1])) {
		lane = &cell->lanes[1];
		number = 1;
	} else if (recorder_enter(&cell->lanes[2])) {
		lane = &cell->lanes[2];
		number = 2;
	} else {
		return NULL;
	}
	event = recorder_room(lane, number, size);
	if (!event)
		recorder_leave(lane);
	return event;
}

static __always_inline void recorder_submit(void *event)
{
	struct recorder_header *header = (struct recorder_header *)event - 1;
	struct recorder_lane *lane;
	struct recorder_cell *cell;
	__u32 zero = 0, number = header->lane;

	cell = bpf_map_lookup_elem(&recorder_cells, &zero);
	if (!cell || number >= RECORDER_LANES)
		return;
	lane = &cell->lanes[number];
	RECORDER_ORDERED();
	lane->last = lane->head - sizeof(*header) - ((header->size + 7) & ~7u);
	lane->count++;
	recorder_leave(lane);
}

/* Records an event. Returns whether it could. */
static __noinline __attribute__((unused)) int record_event(void *event, __u64 size)
{
	void *room = recorder_reserve(size);

	if (!room)
		return false;
	bpf_probe_read_kernel(room, size, event);
	recorder_submit(room);
	return true;
}

#endif
