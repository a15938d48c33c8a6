/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way of an event to user space: a ring buffer, the account of what went
 * into it, and when its reader is woken.
 */
#ifndef LIB_EVENTS_BPF_H
#define LIB_EVENTS_BPF_H

#include "wire.h"
#include <bpf/bpf_helpers.h>
#include "event_header.bpf.h"
#include "ledger.bpf.h"
#include "recorder.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024); /* user space sets the size */
} events SEC(".maps");

/*
 * Beside it those of other CPUs: a ring buffer has one lock, and who waits for it pays half as
 * much again for an event. In a map of maps each would cost the start a grace period of RCU
 * (maybe_wait_bpf_programs() of the kernel).
 */
#define OTHER_RINGS(RING) RING(7) RING(6) RING(5) RING(4) RING(3) RING(2) RING(1)

#define DEFINE_RING(NUMBER)                               \
	struct {                                          \
		__uint(type, BPF_MAP_TYPE_RINGBUF);       \
		__uint(max_entries, 4096); /* as above */ \
	} events_##NUMBER SEC(".maps");

OTHER_RINGS(DEFINE_RING)

/* One less than there are, a power of two; user space leaves the others out. */
const volatile __u32 ring_mask;

/*
 * The one for an event of this CPU. A program stays on its CPU, so the same is found when the
 * event is submitted.
 *
 * Those that are left out may stand in no instruction that the verifier comes to. On 6.1 it knows
 * that a number within bounds is not greater than one beyond them, but not that it is no such
 * one: so the compiler may not compare for equality, nor load an address before it compares.
 */
static __always_inline void *event_ring(void)
{
	void *ring = &events;
	__u64 group;

	if (!ring_mask)
		return ring;
	group = bpf_get_smp_processor_id() & ring_mask;
#define RETURN_RING(NUMBER)                    \
	asm volatile("" : "+r"(group));        \
	if (group > NUMBER - 1) {              \
		ring = &events_##NUMBER;       \
		asm volatile("" : "+r"(ring)); \
		return ring;                   \
	}
	OTHER_RINGS(RETURN_RING)
	return ring;
}

/* Set by the reader before it sleeps: it has read all there was. */
__u32 reader_sleeps;

/*
 * A wake-up costs three times what the event itself costs, so an event wakes
 * the reader only when that sleeps on an empty buffer, or when the buffer is
 * just filled to the mark. A reader that is awake looks again by itself. To ask how much is
 * waiting costs 9 ns of the 180 of an event, so a CPU asks once in so many bytes; meanwhile
 * all CPUs fill at most an eighth of the mark.
 */
static __always_inline __u64 wakeup_flags(const volatile struct trace_config *trace, void *ring,
					  __u64 size)
{
	__u64 before, waiting, since = trace->wakeup_step ? trace->wakeup_bytes / 8 : 0;
	struct ledger *here;

	if (reader_sleeps) {
		reader_sleeps = 0;
		return BPF_RB_FORCE_WAKEUP;
	}
	here = ledger_here();
	if (!here)
		return BPF_RB_FORCE_WAKEUP;
	before = here->written;
	here->written = before + size;
	if ((before ^ (before + size)) < trace->wakeup_step)
		return BPF_RB_NO_WAKEUP;
	waiting = bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA);
	if (waiting < trace->wakeup_bytes + since && waiting + size >= trace->wakeup_bytes)
		return BPF_RB_FORCE_WAKEUP;
	return BPF_RB_NO_WAKEUP;
}

/*
 * The same for an event that is made in the buffer: room for it, or NULL, which is
 * counted. Programs at functions and at probes in user space take it, since another can run
 * on their CPU before they have ended: it would have the same per-CPU scratch, and from 6.13
 * on it may have the same stack (x86: "bpf: Enable private stack for eligible subprogs").
 */
static __always_inline void *reserve_event(__u64 size)
{
	void *event;

	if (recorder.pages) {
		event = recorder_reserve(size);
	} else {
		event = bpf_ringbuf_reserve(event_ring(), size, 0);
	}
	if (!event)
		LEDGER_ADD(lost);
	return event;
}

/*
 * Counts an event that is to be shown, and reserves it with its header, which comes first; the
 * rest is 0. The size is a constant.
 */
static __always_inline void *begin_event(const volatile struct trace_config *trace, __u64 size)
{
	struct event_header *header;

	LEDGER_ADD(seen);
	header = reserve_event(size);
	if (!header)
		return NULL;
	__builtin_memset(header, 0, size);
	fill_header(trace, header);
	return header;
}

static __always_inline void submit_event(const volatile struct trace_config *trace, void *event,
					 __u64 size)
{
	if (recorder.pages) {
		recorder_submit(event);
		return;
	}
	bpf_ringbuf_submit(event, wakeup_flags(trace, event_ring(), size));
}

static __always_inline void emit(const volatile struct trace_config *trace, void *event, __u64 size)
{
	void *ring;
	__u64 flags;

	if (recorder.pages) {
		if (!record_event(event, size))
			LEDGER_ADD(lost);
		return;
	}
	ring = event_ring();
	flags = wakeup_flags(trace, ring, size);
	if (!bpf_ringbuf_output(ring, event, size, flags))
		return;
	LEDGER_ADD(lost);
	/* What was to wake the reader is not there: the next event does. */
	if (flags == BPF_RB_FORCE_WAKEUP)
		reader_sleeps = 1;
}

#endif
