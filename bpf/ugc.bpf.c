// SPDX-License-Identifier: GPL-2.0
/* Collections of garbage, by the probes of the runtimes of languages. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "ugc.h"

#define COLLECTION_FIELDS __u64 numbers[LANGUAGE_NUMBERS];

#include "lib/collections.bpf.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"

const volatile struct ugc_config config;

#include "lib/language.bpf.h"

/* By language and kind. */
static __always_inline __u64 collection_kind(const struct language_place *place)
{
	return (__u64)place->language << 32 | place->kind;
}

static __always_inline int collection_begins(struct pt_regs *regs,
					     const struct language_place *place)
{
	struct collection *collection;

	if (!current_passes(&config.trace.filter))
		return 0;
	/* What has a name is one of several pools. */
	collection = collection_opens(collection_kind(place), place->texts[1].address.kind);
	if (!collection)
		return 0;
	for (int which = 0; which < LANGUAGE_NUMBERS; which++)
		collection->numbers[which] = language_number(regs, place, which);
	return 0;
}

static __always_inline int collection_ends(struct pt_regs *regs, const struct language_place *place)
{
	struct collection *collection;
	struct ugc_event *event;
	__u64 duration_ns;

	collection = collection_closes(collection_kind(place), &duration_ns);
	if (!collection || duration_ns < config.least_ns)
		return 0;
	event = begin_event(&config.trace, sizeof(*event));
	if (!event)
		return 0;
	event->duration_ns = duration_ns;
	event->language = place->language;
	event->kind = place->kind;
	for (int which = 0; which < LANGUAGE_NUMBERS; which++) {
		event->begin[which] = collection->numbers[which];
		event->end[which] = language_number(regs, place, which);
	}
	count_cut(read_language_text(event->manager, UGC_TEXT_SIZE, regs, place, 0), UGC_TEXT_SIZE);
	count_cut(read_language_text(event->pool, UGC_TEXT_SIZE, regs, place, 1), UGC_TEXT_SIZE);
	submit_event(&config.trace, event, sizeof(*event));
	return 0;
}

LANGUAGE_PROGRAM(collection_begins, 0, 0)
LANGUAGE_PROGRAM(collection_begins, 0, 1)
LANGUAGE_PROGRAM(collection_ends, 1, 0)
LANGUAGE_PROGRAM(collection_ends, 1, 1)

char LICENSE[] SEC("license") = "GPL";
